// Values of the Jinja interpreter: JSON, with "discarded" for undefined. Methods, filters and tests on them.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace molt::jinja {

/// Arguments of a call: those by place, then those by name (an object).
struct Arguments {
    std::vector<json> values;
    json named = json::object();

    /// The argument at `i` or called `name`, else undefined.
    json get(std::size_t i, std::string_view name) const;
};

json undefined();
bool is_undefined(const json& value);
bool is_true(const json& value);
/// As {{ value }} prints it.
std::string to_text(const json& value);
/// Python's ==, which is false between a text and a number.
bool equal(const json& left, const json& right);
/// `part in whole`
bool contains(const json& whole, const json& part);

/// text.strip(), dict.items(), ... Throws Error(BadFile) for a method that is not known.
json call_method(const json& object, std::string_view name, const Arguments& arguments);
/// value | name(arguments)
json apply_filter(const json& value, std::string_view name, const Arguments& arguments);
/// value is name(arguments)
bool apply_test(const json& value, std::string_view name, const Arguments& arguments);
/// left sign right, for all signs but or, and, in, notin.
json apply_operator(std::string_view sign, const json& left, const json& right);
/// object[begin:end:step]; undefined stands for an absent bound.
json slice(const json& object, const json& begin, const json& end, const json& step);

}  // namespace molt::jinja
