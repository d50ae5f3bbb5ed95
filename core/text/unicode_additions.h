// Characters newer than the Unicode tables of the libraries here, so that ids equal those of the reference programs.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace molt {

struct UnicodeAddition {
    std::uint32_t first, last;
    std::string_view category;  ///< general category, two letters
};

/// Ranges by rising code point.
std::span<const UnicodeAddition> unicode_additions();

}  // namespace molt
