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

/// Capital letters newer than ICU 72 (Unicode 15) and how far behind them their small letters are: Unicode 16 and 17.
struct CaseAddition {
    std::uint32_t first, last;
    std::uint32_t to_lower;  ///< added modulo 2^32
};

std::span<const CaseAddition> case_additions();

}  // namespace molt
