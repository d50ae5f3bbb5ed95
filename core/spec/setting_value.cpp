// Reading, writing and checking single values; every message names the full key, what was found and what is allowed.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/setting_value.h"

#include <charconv>
#include <cmath>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

constexpr double kLargestExactInteger = 9007199254740992.0;  // 2^53

/// A value as people would write it, shortened.
std::string shown(const json& value) {
    constexpr std::size_t kLongest = 60;
    std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text.size() <= kLongest) return text;
    text.resize(complete_utf8_prefix(std::string_view(text).substr(0, kLongest)));
    return text + "...";
}

std::string range_text(const Field& field) {
    const bool has_min = std::isfinite(field.min), has_max = std::isfinite(field.max);
    const std::string unit = field.unit.empty() ? std::string() : join(" ", field.unit);
    std::ostringstream out;
    out.precision(12);
    if (has_min && has_max) {
        out << field.min << " to " << field.max << unit;
    } else if (has_min) {
        out << "at least " << field.min << unit;
    } else if (has_max) {
        out << "at most " << field.max << unit;
    } else {
        out << "a finite number";
    }
    return out.str();
}

void check_range(const Field& field, const std::string& where, double value, const json& as_json) {
    if (std::isfinite(value) && value >= field.min && value <= field.max) return;
    fail(
        ErrorCode::BadConfig,
        join(where, " is ", std::isfinite(value) ? shown(as_json) : join(value), ", expected ", range_text(field), "."),
        std::string(field.help));
}

void check_text(const std::string& where, const std::string& value) {
    bool replaced = false;
    to_valid_utf8(value, &replaced);
    if (!replaced && value.find('\0') == std::string::npos) return;
    fail(ErrorCode::BadConfig, join(where, " is not UTF-8 text."),
         "Write the file in UTF-8; rename files that are not.");
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    text = trim(text);
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
    return value;
}

template <class T>
std::vector<T> read_list(const json& array, const Field& field, const std::string& where) {
    std::vector<T> list(array.size());
    for (std::size_t i = 0; i < list.size(); ++i) read_value(array[i], field, join(where, ".", i), list[i]);
    return list;
}

json list_from_text(std::string_view text, bool integers) {
    if (!trim(text).empty() && trim(text).front() == '[') return parse_json(text, "list");
    json list = json::array();
    if (trim(text).empty()) return list;
    for (const std::string& part : split(text, ',')) {
        const std::string item(trim(part));
        list.push_back(integers ? text_to_json(item, ValueKind::Integer) : json(item));
    }
    return list;
}

}  // namespace

std::string_view kind_text(ValueKind kind) {
    switch (kind) {
        case ValueKind::Flag:
            return "true or false";
        case ValueKind::Integer:
            return "whole number";
        case ValueKind::Number:
            return "number";
        case ValueKind::Text:
            return "text";
        case ValueKind::TextList:
            return "list of texts";
        case ValueKind::IntegerList:
            return "list of whole numbers";
        case ValueKind::HeldOut:
            return "path, or share from 0 to 1";
        case ValueKind::Attention:
            return "share from 0 to 1, or list of layers";
        case ValueKind::Object:
            return "object";
        case ValueKind::ObjectList:
            return "list of objects";
    }
    return "value";
}

void wrong_setting_type(const std::string& where, std::string_view expected, const json& found) {
    fail(ErrorCode::BadConfig, join(where, " should be a ", expected, ", found ", shown(found), "."),
         join("`molt recipe --explain ", where, "` says more."));
}

void check_value(const Field&, const std::string&, bool) {}

void check_value(const Field& field, const std::string& where, std::int64_t value) {
    check_range(field, where, static_cast<double>(value), json(value));
}

void check_value(const Field& field, const std::string& where, double value) {
    check_range(field, where, value, json(value));
}

void check_value(const Field& field, const std::string& where, const std::string& value) {
    check_text(where, value);
    if (field.choices.empty()) return;
    std::vector<std::string> known;
    for (const std::string_view choice : field.choices) {
        if (choice == value) return;
        known.emplace_back(choice);
    }
    const std::string nearest = nearest_name(value, known);
    fail(ErrorCode::BadConfig, join(where, " is ", shown(value), ", expected one of: ", join_list(known, ", "), "."),
         nearest.empty() ? std::string(field.help) : join("Did you mean \"", nearest, "\"?"));
}

void check_value(const Field&, const std::string& where, const std::vector<std::string>& value) {
    for (std::size_t i = 0; i < value.size(); ++i) check_text(join(where, ".", i), value[i]);
}

void check_value(const Field& field, const std::string& where, const std::vector<std::int64_t>& value) {
    for (std::size_t i = 0; i < value.size(); ++i) check_value(field, join(where, ".", i), value[i]);
}

void check_value(const Field&, const std::string& where, const HeldOut& value) {
    check_text(where, value.path);
    if (value.share >= 0.0 && value.share < 1.0) return;
    fail(ErrorCode::BadConfig, join(where, " is ", value.share, ", expected a share of at least 0 and below 1."),
         "Give the share of the data that is kept for evaluation (0.05), or a file.");
}

void check_value(const Field&, const std::string& where, const AttentionChoice& value) {
    const bool good_share = !value.share || (*value.share >= 0.0 && *value.share <= 1.0);
    for (const std::int64_t layer : value.layers) {
        if (layer < 0) fail(ErrorCode::BadConfig, join(where, ": there is no layer ", layer, "."));
    }
    if (!good_share) {
        fail(ErrorCode::BadConfig, join(where, " is ", *value.share, ", expected a share from 0 to 1."),
             "For layers write a list, [1, 3].");
    }
}

json value_to_json(bool value) { return value; }
json value_to_json(std::int64_t value) { return value; }
json value_to_json(double value) { return value; }
json value_to_json(const std::string& value) { return value; }
json value_to_json(const std::vector<std::string>& value) { return json(value); }
json value_to_json(const std::vector<std::int64_t>& value) { return json(value); }
json value_to_json(const HeldOut& value) { return value.path.empty() ? json(value.share) : json(value.path); }
json value_to_json(const AttentionChoice& value) { return value.share ? json(*value.share) : json(value.layers); }

void read_value(const json& value, const Field&, const std::string& where, bool& out) {
    if (!value.is_boolean()) wrong_setting_type(where, "flag (true or false)", value);
    out = value.get<bool>();
}

void read_value(const json& value, const Field& field, const std::string& where, std::int64_t& out) {
    std::int64_t number = 0;
    const double real = value.is_number() ? value.get<double>() : 0.5;
    if (value.is_number_float() && std::floor(real) == real && std::abs(real) <= kLargestExactInteger) {
        number = static_cast<std::int64_t>(real);
    } else if (value.is_number_unsigned() ? value.get<std::uint64_t>() <= INT64_MAX : value.is_number_integer()) {
        number = value.get<std::int64_t>();
    } else {
        wrong_setting_type(where, kind_text(ValueKind::Integer), value);
    }
    check_value(field, where, number);
    out = number;
}

void read_value(const json& value, const Field& field, const std::string& where, double& out) {
    if (!value.is_number()) wrong_setting_type(where, kind_text(ValueKind::Number), value);
    check_value(field, where, value.get<double>());
    out = value.get<double>();
}

void read_value(const json& value, const Field& field, const std::string& where, std::string& out) {
    if (!value.is_string()) wrong_setting_type(where, kind_text(ValueKind::Text), value);
    check_value(field, where, value.get<std::string>());
    out = value.get<std::string>();
}

void read_value(const json& value, const Field& field, const std::string& where, std::vector<std::string>& out) {
    if (!value.is_array()) wrong_setting_type(where, kind_text(ValueKind::TextList), value);
    out = read_list<std::string>(value, field, where);
}

void read_value(const json& value, const Field& field, const std::string& where, std::vector<std::int64_t>& out) {
    if (!value.is_array()) wrong_setting_type(where, kind_text(ValueKind::IntegerList), value);
    out = read_list<std::int64_t>(value, field, where);
}

void read_value(const json& value, const Field& field, const std::string& where, HeldOut& out) {
    HeldOut read;
    if (value.is_string()) {
        read.path = value.get<std::string>();
    } else if (value.is_number()) {
        read.share = value.get<double>();
    } else {
        wrong_setting_type(where, kind_text(ValueKind::HeldOut), value);
    }
    check_value(field, where, read);
    out = std::move(read);
}

void read_value(const json& value, const Field& field, const std::string& where, AttentionChoice& out) {
    AttentionChoice read;
    if (value.is_number()) {
        read.share = value.get<double>();
    } else if (value.is_array()) {
        read_value(value, field, where, read.layers);
    } else if (value.is_string()) {
        try {
            read = AttentionChoice::parse(value.get<std::string>());
        } catch (const Error& error) {
            fail(ErrorCode::BadConfig, join(where, ": ", error.what()), error.hint());
        }
    } else {
        wrong_setting_type(where, kind_text(ValueKind::Attention), value);
    }
    check_value(field, where, read);
    out = std::move(read);
}

json text_to_json(std::string_view text, ValueKind kind) {
    const std::string_view trimmed = trim(text);
    switch (kind) {
        case ValueKind::Flag:
            if (trimmed == "true" || trimmed == "false") return trimmed == "true";
            break;
        case ValueKind::Integer:
            if (const auto number = whole_number<std::int64_t>(text)) return *number;
            if (const auto number = whole_number<double>(text)) return *number;
            break;
        case ValueKind::Number:
        case ValueKind::HeldOut:
            if (const auto number = whole_number<double>(text)) return *number;
            break;
        case ValueKind::TextList:
            return list_from_text(text, false);
        case ValueKind::IntegerList:
            return list_from_text(text, true);
        case ValueKind::Object:
        case ValueKind::ObjectList:
            if (!trimmed.empty() && (trimmed.front() == '{' || trimmed.front() == '['))
                return parse_json(text, "value");
            break;
        case ValueKind::Text:
        case ValueKind::Attention:
            break;
    }
    return std::string(text);
}

}  // namespace molt
