// Jinja tokens as a tree. One node type: what it is, a name or text, and its children.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/text/jinja_lexer.h"

namespace molt::jinja {

struct Node {
    enum class Kind {
        // statements; children in the order given
        Text,      ///< text
        Print,     ///< expression
        If,        ///< condition, Body, Body (else)
        For,       ///< iterable, filter or Nothing, Body, Body (else); names
        Set,       ///< expression; names: one variable, or namespace and attribute
        Body,      ///< statements
        Break,     ///< leaves the loop
        Continue,  ///< goes to the next round of the loop
        // expressions
        Nothing,
        Literal,    ///< value
        Variable,   ///< text
        List,       ///< elements
        Dict,       ///< key, value, key, value, ...
        Attribute,  ///< object; text
        Item,       ///< object, index
        Slice,      ///< object, begin, end, step (Nothing where absent)
        Call,       ///< callee, arguments; names: keywords of the last arguments
        Filter,     ///< object, arguments; text, names as for Call
        Test,       ///< object, arguments; text
        Not,
        Negate,       ///< operand
        Binary,       ///< left, right; text: or and == != < > <= >= in notin ~ + - * / // %
        Conditional,  ///< condition, value, otherwise
    };
    Kind kind = Kind::Nothing;
    std::string text;
    json value;
    std::vector<std::string> names;
    std::vector<std::unique_ptr<Node>> children;

    const Node& at(std::size_t i) const { return *children[i]; }
};

/// A Body. Throws Error(BadFile) for statements and expressions that this Jinja does not know, and for nesting deeper
/// than any template needs.
std::unique_ptr<Node> parse(const std::vector<Token>& tokens);

}  // namespace molt::jinja
