// Jinja source as tokens: text outside of the tags, and names, numbers, strings and signs inside.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace molt::jinja {

struct Token {
    enum class Kind { Data, BlockBegin, BlockEnd, PrintBegin, PrintEnd, Name, Integer, Float, String, Sign, End };
    Kind kind = Kind::End;
    std::string text;

    bool is_name(std::string_view name) const { return kind == Kind::Name && text == name; }
    bool is_sign(std::string_view sign) const { return kind == Kind::Sign && text == sign; }
};

/// Comments are dropped; white space is trimmed as trim_blocks, lstrip_blocks and the minus signs ask. The last token
/// is End. Throws Error(BadFile) for a tag or string without end and for unknown signs.
std::vector<Token> tokenise(std::string_view source);

}  // namespace molt::jinja
