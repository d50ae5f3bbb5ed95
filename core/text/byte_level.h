// GPT-2's visible alphabet: every byte as one printable character, so that a vocabulary is text.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace molt {

/// The character of a byte as UTF-8: the byte itself where it is printable in Latin-1, else U+0100 and up.
std::string_view byte_level_character(unsigned char byte);
/// Every byte as its character.
std::string to_byte_level(std::string_view bytes);
/// The bytes that a piece stands for; nothing if it has a character outside of the alphabet.
std::optional<std::string> from_byte_level(std::string_view piece);

}  // namespace molt
