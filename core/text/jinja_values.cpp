// Operators, methods, filters and tests of the Jinja interpreter.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/jinja_values.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt::jinja {

namespace {

constexpr std::size_t kLargestValue = std::size_t{1} << 16;
constexpr std::string_view kSpace = " \t\r\n\v\f";

[[noreturn]] void refuse(std::string_view what) { fail(ErrorCode::BadFile, join("The chat template ", what, ".")); }

std::string text_of(const json& value) {
    if (!value.is_string()) refuse(join("treats a ", value.type_name(), " as a text"));
    return value.get<std::string>();
}

std::string stripped(std::string_view text, const json& characters, bool left, bool right) {
    const std::string set = characters.is_string() ? characters.get<std::string>() : std::string(kSpace);
    if (left) text.remove_prefix(std::min(text.find_first_not_of(set), text.size()));
    if (right) text = text.substr(0, text.find_last_not_of(set) + 1);
    return std::string(text);
}

json split_text(const std::string& text, const Arguments& arguments) {
    const json by = arguments.get(0, "sep"), limit = arguments.get(1, "maxsplit");
    json parts = json::array();
    if (!by.is_string()) {
        std::size_t at = 0;
        while ((at = text.find_first_not_of(kSpace, at)) != std::string::npos) {
            const std::size_t end = std::min(text.find_first_of(kSpace, at), text.size());
            parts.push_back(text.substr(at, end - at));
            at = end;
        }
        return parts;
    }
    const std::string separator = by.get<std::string>();
    if (separator.empty()) refuse("splits a text at nothing");
    const std::size_t most = limit.is_number_integer() && limit.get<std::int64_t>() >= 0
                                 ? static_cast<std::size_t>(limit.get<std::int64_t>())
                                 : kLargestValue;
    std::size_t at = 0;
    for (std::size_t end = text.find(separator); end != std::string::npos && parts.size() < most;
         end = text.find(separator, at)) {
        parts.push_back(text.substr(at, end - at));
        at = end + separator.size();
    }
    parts.push_back(text.substr(at));
    return parts;
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to) {
    if (from.empty()) refuse("replaces an empty text");
    std::string out;
    std::size_t at = 0;
    for (std::size_t found = text.find(from); found != std::string::npos; found = text.find(from, at)) {
        out.append(text, at, found - at).append(to);
        at = found + from.size();
        if (out.size() > kLargestValue) refuse("makes a text that is too long");
    }
    return out.append(text, at);
}

std::string with_case(std::string text, bool upper) {
    for (char& c : text) {
        if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

std::string titled(std::string text, bool every_word) {
    bool begins = true;
    for (char& c : text) {
        c = with_case(std::string(1, c), begins)[0];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
        begins = every_word && !letter;
    }
    return text;
}

json text_method(const std::string& text, std::string_view name, const Arguments& arguments) {
    const json first = arguments.get(0, "");
    if (name == "strip") return stripped(text, first, true, true);
    if (name == "lstrip") return stripped(text, first, true, false);
    if (name == "rstrip") return stripped(text, first, false, true);
    if (name == "split") return split_text(text, arguments);
    if (name == "startswith") return text.starts_with(text_of(first));
    if (name == "endswith") return text.ends_with(text_of(first));
    if (name == "upper" || name == "lower") return with_case(text, name == "upper");
    if (name == "title" || name == "capitalize") return titled(text, name == "title");
    if (name == "replace") return replaced(text, text_of(first), text_of(arguments.get(1, "")));
    if (name == "find" || name == "rfind") {
        const std::size_t at = name == "find" ? text.find(text_of(first)) : text.rfind(text_of(first));
        return at == std::string::npos ? std::int64_t{-1} : static_cast<std::int64_t>(at);
    }
    refuse(join("calls the unknown method \"", name, "\" of a text"));
}

json dict_method(const json& dict, std::string_view name, const Arguments& arguments) {
    if (name == "get") {
        const auto found = dict.find(text_of(arguments.get(0, "key")));
        if (found != dict.end()) return *found;
        const json fallback = arguments.get(1, "default");
        return is_undefined(fallback) ? json(nullptr) : fallback;
    }
    json out = json::array();
    for (const auto& [key, value] : dict.items()) {
        if (name == "items") {
            out.push_back(json::array({key, value}));
        } else if (name == "keys") {
            out.push_back(key);
        } else if (name == "values") {
            out.push_back(value);
        } else {
            refuse(join("calls the unknown method \"", name, "\" of a dict"));
        }
    }
    return out;
}

std::int64_t length_of(const json& value) {
    if (value.is_string()) {
        const std::string text = value.get<std::string>();
        return std::count_if(text.begin(), text.end(),
                             [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    }
    if (!value.is_array() && !value.is_object()) refuse("asks for the length of what has none");
    return static_cast<std::int64_t>(value.size());
}

std::string joined(const json& list, const Arguments& arguments) {
    const json separator = arguments.get(0, "d");
    std::string out;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i > 0 && separator.is_string()) out += separator.get<std::string>();
        out += to_text(list[i]);
        if (out.size() > kLargestValue) refuse("makes a text that is too long");
    }
    return out;
}

/// selectattr and rejectattr: elements whose attribute passes a test (being true, without a test).
json select_by_attribute(const json& list, const Arguments& arguments, bool wanted) {
    const std::string key = text_of(arguments.get(0, ""));
    const json test = arguments.get(1, "");
    Arguments rest;
    if (arguments.values.size() > 2) rest.values.assign(arguments.values.begin() + 2, arguments.values.end());
    json out = json::array();
    for (const json& each : list) {
        const json value = each.is_object() && each.contains(key) ? each[key] : undefined();
        const bool passes = test.is_string() ? apply_test(value, test.get<std::string>(), rest) : is_true(value);
        if (passes == wanted) out.push_back(each);
    }
    return out;
}

std::string json_text(const json& value, const Arguments& arguments) {
    const json indent = arguments.get(0, "indent");
    if (indent.is_number_integer())
        return value.dump(static_cast<int>(std::clamp<std::int64_t>(indent.get<std::int64_t>(), 0, 8)));
    // Python separates with ", " and ": " where it does not indent.
    if (value.is_array() || value.is_object()) {
        std::string out;
        for (const auto& [key, element] : value.items()) {
            if (!out.empty()) out += ", ";
            if (value.is_object()) out += json(key).dump() + ": ";
            out += json_text(element, {});
        }
        return value.is_array() ? "[" + out + "]" : "{" + out + "}";
    }
    return value.dump();
}

json list_of(const json& value) {
    if (value.is_array()) return value;
    json out = json::array();
    if (value.is_object()) {
        for (const auto& [key, unused] : value.items()) out.push_back(key);
    } else {
        const std::string text = text_of(value);
        for (std::size_t at = 0; at < text.size();) {
            std::size_t end = at + 1;
            while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
            out.push_back(text.substr(at, end - at));
            at = end;
        }
    }
    return out;
}

json concatenated(json left, const json& right) {
    if (left.size() + right.size() > 10'000) refuse("makes a list that is too long");
    for (const json& each : right) left.push_back(each);
    return left;
}

json number_operator(std::string_view sign, const json& left, const json& right) {
    if (!left.is_number() || !right.is_number()) {
        refuse(join("uses \"", sign, "\" on a ", left.type_name(), " and a ", right.type_name()));
    }
    if (left.is_number_integer() && right.is_number_integer() && sign != "/") {
        const auto a = left.get<std::int64_t>(), b = right.get<std::int64_t>();
        std::int64_t out = 0;
        if (sign == "+" && !__builtin_add_overflow(a, b, &out)) return out;
        if (sign == "-" && !__builtin_sub_overflow(a, b, &out)) return out;
        if (sign == "*" && !__builtin_mul_overflow(a, b, &out)) return out;
        if ((sign == "//" || sign == "%") && b != 0 && b != -1) {
            const std::int64_t remainder = ((a % b) + b) % b;
            return sign == "%" ? remainder : (a - remainder) / b;
        }
        refuse("computes with numbers beyond its means");
    }
    const double a = left.get<double>(), b = right.get<double>();
    if (sign == "+") return a + b;
    if (sign == "-") return a - b;
    if (sign == "*") return a * b;
    if (b == 0) refuse("divides by zero");
    return sign == "/" ? a / b : sign == "//" ? std::floor(a / b) : a - b * std::floor(a / b);
}

json compared(std::string_view sign, const json& left, const json& right) {
    const bool comparable = (left.is_number() && right.is_number()) || (left.is_string() && right.is_string());
    if (!comparable) refuse(join("compares a ", left.type_name(), " with a ", right.type_name()));
    if (sign == "<") return left < right;
    if (sign == ">") return right < left;
    return sign == "<=" ? !(right < left) : !(left < right);
}

}  // namespace

json Arguments::get(std::size_t i, std::string_view name) const {
    if (i < values.size()) return values[i];
    const auto found = named.find(std::string(name));
    return found == named.end() ? undefined() : *found;
}

json undefined() { return json(json::value_t::discarded); }
bool is_undefined(const json& value) { return value.is_discarded(); }

bool is_true(const json& value) {
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number()) return value.get<double>() != 0;
    if (value.is_string()) return !value.get_ref<const std::string&>().empty();
    return (value.is_array() || value.is_object()) && !value.empty();
}

std::string to_text(const json& value) {
    if (is_undefined(value)) return {};
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
    if (value.is_null()) return "None";
    if (value.is_array() || value.is_object()) refuse("prints a list or a dict, which only Python can");
    return json_text(value, {});
}

bool equal(const json& left, const json& right) {
    if (is_undefined(left) || is_undefined(right)) return is_undefined(left) && is_undefined(right);
    return left == right;
}

bool contains(const json& whole, const json& part) {
    if (whole.is_string()) return whole.get_ref<const std::string&>().find(text_of(part)) != std::string::npos;
    if (whole.is_object()) return part.is_string() && whole.contains(part.get<std::string>());
    if (is_undefined(whole)) return false;
    if (!whole.is_array()) refuse(join("looks into a ", whole.type_name()));
    return std::any_of(whole.begin(), whole.end(), [&](const json& each) { return equal(each, part); });
}

json call_method(const json& object, std::string_view name, const Arguments& arguments) {
    if (object.is_string()) return text_method(object.get<std::string>(), name, arguments);
    if (object.is_object()) return dict_method(object, name, arguments);
    refuse(join("calls the method \"", name, "\" of a ", object.type_name()));
}

json apply_filter(const json& value, std::string_view name, const Arguments& arguments) {
    if (name == "trim") return stripped(to_text(value), arguments.get(0, "chars"), true, true);
    if (name == "length" || name == "count") return length_of(value);
    if (name == "tojson") return json_text(value, arguments);
    if (name == "upper" || name == "lower") return with_case(to_text(value), name == "upper");
    if (name == "title" || name == "capitalize") return titled(to_text(value), name == "title");
    if (name == "string") return to_text(value);
    if (name == "safe") return value;
    if (name == "int")
        return value.is_string() ? json(std::atoll(value.get<std::string>().c_str())) : json(value.get<std::int64_t>());
    if (name == "default" || name == "d") {
        const bool falls_back = is_undefined(value) || (is_true(arguments.get(1, "boolean")) && !is_true(value));
        return falls_back ? arguments.get(0, "default_value") : value;
    }
    if (name == "replace")
        return replaced(to_text(value), text_of(arguments.get(0, "s")), text_of(arguments.get(1, "")));
    if (name == "items") return dict_method(value, "items", arguments);
    if (name == "list") return list_of(value);
    if (name == "join") return joined(list_of(value), arguments);
    if (name == "first" || name == "last") {
        const json list = list_of(value);
        if (list.empty()) return undefined();
        return name == "first" ? list.front() : list.back();
    }
    if (name == "reverse") {
        json list = list_of(value);
        std::reverse(list.begin(), list.end());
        return list;
    }
    if (name == "selectattr" || name == "rejectattr") {
        return select_by_attribute(list_of(value), arguments, name == "selectattr");
    }
    if (name == "map" && arguments.named.contains("attribute")) {
        json out = json::array();
        const std::string key = text_of(arguments.named["attribute"]);
        for (const json& each : list_of(value))
            out.push_back(each.is_object() && each.contains(key) ? each[key] : json());
        return out;
    }
    refuse(join("uses the unknown filter \"", name, "\""));
}

bool apply_test(const json& value, std::string_view name, const Arguments& arguments) {
    if (name == "defined") return !is_undefined(value);
    if (name == "undefined") return is_undefined(value);
    if (name == "none") return value.is_null();
    if (name == "string") return value.is_string();
    if (name == "mapping") return value.is_object();
    if (name == "boolean") return value.is_boolean();
    if (name == "number") return value.is_number() || value.is_boolean();
    if (name == "integer") return value.is_number_integer();
    if (name == "iterable" || name == "sequence") return value.is_array() || value.is_object() || value.is_string();
    if (name == "true" || name == "false") return value.is_boolean() && value.get<bool>() == (name == "true");
    if (name == "equalto" || name == "eq") return equal(value, arguments.get(0, "other"));
    if (name == "ne") return !equal(value, arguments.get(0, "other"));
    if (name == "in") return contains(arguments.get(0, "seq"), value);
    refuse(join("uses the unknown test \"", name, "\""));
}

json apply_operator(std::string_view sign, const json& left, const json& right) {
    if (sign == "==") return equal(left, right);
    if (sign == "!=") return !equal(left, right);
    if (sign.front() == '<' || sign.front() == '>') return compared(sign, left, right);
    const bool texts = left.is_string() && right.is_string();
    if (sign == "~" || (sign == "+" && texts)) {
        std::string out = to_text(left) + to_text(right);
        if (out.size() > kLargestValue) refuse("makes a text that is too long");
        return out;
    }
    if (sign == "+" && left.is_array() && right.is_array()) return concatenated(left, right);
    return number_operator(sign, left, right);
}

json slice(const json& object, const json& begin, const json& end, const json& step) {
    const json list = list_of(object);
    const auto size = static_cast<std::int64_t>(list.size());
    const std::int64_t by = step.is_number_integer() ? step.get<std::int64_t>() : 1;
    if (by == 0) refuse("slices with a step of zero");
    const auto bound = [&](const json& value, std::int64_t fallback) {
        if (!value.is_number_integer()) return fallback;
        const auto index = std::clamp<std::int64_t>(value.get<std::int64_t>(), -size - 1, size);
        return std::clamp(index < 0 ? index + size : index, by > 0 ? std::int64_t{0} : std::int64_t{-1},
                          by > 0 ? size : size - 1);
    };
    const std::int64_t first = bound(begin, by > 0 ? 0 : size - 1), last = bound(end, by > 0 ? size : -1);
    json out = json::array();
    const std::int64_t stride = std::clamp(by, -size - 1, size + 1);
    for (std::int64_t i = first; stride > 0 ? i < last : i > last; i += stride) {
        out.push_back(list[static_cast<std::size_t>(i)]);
    }
    return object.is_string() ? json(joined(out, {})) : out;
}

}  // namespace molt::jinja
