// One value of a setting: its JSON, its command-line text, its allowed range. The structs around it: settings_json.h.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/spec/fields.h"
#include "core/spec/model_config.h"
#include "core/spec/stage_config.h"

namespace molt {

/// What a setting's value is, for help, schema and forms.
enum class ValueKind { Flag,
                       Integer,
                       Number,
                       Text,
                       TextList,
                       IntegerList,
                       HeldOut,
                       Attention,
                       Object,
                       ObjectList };
/// "true or false", "whole number", "list of texts", ...
std::string_view kind_text(ValueKind kind);

inline ValueKind kind_of(const bool&) { return ValueKind::Flag; }
inline ValueKind kind_of(const std::int64_t&) { return ValueKind::Integer; }
inline ValueKind kind_of(const double&) { return ValueKind::Number; }
inline ValueKind kind_of(const std::string&) { return ValueKind::Text; }
inline ValueKind kind_of(const std::vector<std::string>&) { return ValueKind::TextList; }
inline ValueKind kind_of(const std::vector<std::int64_t>&) { return ValueKind::IntegerList; }
inline ValueKind kind_of(const HeldOut&) { return ValueKind::HeldOut; }
inline ValueKind kind_of(const AttentionChoice&) { return ValueKind::Attention; }

/// Range, choices, finite numbers, UTF-8 without NUL. `where` is the full key ("stages.0.steps").
/// Throws Error(BadConfig) naming `where`, the value and what is allowed.
void check_value(const Field& field, const std::string& where, bool value);
void check_value(const Field& field, const std::string& where, std::int64_t value);
void check_value(const Field& field, const std::string& where, double value);
void check_value(const Field& field, const std::string& where, const std::string& value);
void check_value(const Field& field, const std::string& where, const std::vector<std::string>& value);
void check_value(const Field& field, const std::string& where, const std::vector<std::int64_t>& value);
void check_value(const Field& field, const std::string& where, const HeldOut& value);
void check_value(const Field& field, const std::string& where, const AttentionChoice& value);

/// JSON of a value; read_value() of it gives the same value back, bit for bit.
json value_to_json(bool value);
json value_to_json(std::int64_t value);
json value_to_json(double value);
json value_to_json(const std::string& value);
json value_to_json(const std::vector<std::string>& value);
json value_to_json(const std::vector<std::int64_t>& value);
json value_to_json(const HeldOut& value);          ///< a path, or the share as a number
json value_to_json(const AttentionChoice& value);  ///< the share as a number, or an array of layers

/// Reads and checks. Whole numbers may be written as 1e6. Throws Error(BadConfig) naming `where`, expected and found.
void read_value(const json& value, const Field& field, const std::string& where, bool& out);
void read_value(const json& value, const Field& field, const std::string& where, std::int64_t& out);
void read_value(const json& value, const Field& field, const std::string& where, double& out);
void read_value(const json& value, const Field& field, const std::string& where, std::string& out);
void read_value(const json& value, const Field& field, const std::string& where, std::vector<std::string>& out);
void read_value(const json& value, const Field& field, const std::string& where, std::vector<std::int64_t>& out);
void read_value(const json& value, const Field& field, const std::string& where, HeldOut& out);
void read_value(const json& value, const Field& field, const std::string& where, AttentionChoice& out);

/// Command-line text as the JSON that read_value() expects for this kind: texts verbatim, numbers, lists with commas or
/// as JSON, objects as JSON. What does not fit stays a text, so that read_value() says what was expected.
json text_to_json(std::string_view text, ValueKind kind);

/// Throws Error(BadConfig): "`where` should be `expected`, found ...".
[[noreturn]] void wrong_setting_type(const std::string& where, std::string_view expected, const json& found);

}  // namespace molt
