// The few facts about Unicode that tokenizers need, through ICU: normal forms, lower case, kinds of characters.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace molt {

enum class NormalForm { Nfc, Nfd, Nfkc, Nfkd };

/// `text` (valid UTF-8) in a normal form, with the characters of Unicode 9: those of the normaliser that Hugging Face
/// tokenizers are built with. Later characters stay as they are.
std::string normalise(std::string_view text, NormalForm form);

/// Each character in lower case (Unicode 17), without regard to its neighbours.
std::string lower_case(std::string_view text);

/// The character at `at` of valid UTF-8; `at` moves behind it.
std::uint32_t next_character(std::string_view text, std::size_t* at);

/// Kinds of characters, each of the version of Unicode that the part of Hugging Face tokenizers using it was built
/// with.
bool is_white_space(std::uint32_t character);
bool is_number(std::uint32_t character);          ///< general category N, up to Unicode 17
bool is_mark(std::uint32_t character);            ///< general category M of Unicode 9
bool is_punctuation(std::uint32_t character);     ///< ASCII signs, and general category P of Unicode 8
bool is_word_character(std::uint32_t character);  ///< \w of Rust's regular expressions

/// Bytes of white space at the front and at the back of `text`.
std::size_t leading_space(std::string_view text);
std::size_t trailing_space(std::string_view text);

}  // namespace molt
