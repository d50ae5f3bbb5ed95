// Parsing with positions and a depth limit; typed access that names file and key.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"

namespace molt {

namespace {

constexpr int kMaxDepth = 128;

std::string position(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t newline = before.rfind('\n');
    const std::size_t column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
    return join("line ", line, ", column ", column);
}

const json& require(const json& object, std::string_view key, std::string_view origin) {
    if (!object.is_object())
        fail(ErrorCode::BadFile, join(origin, ": expected a JSON object, found ", object.type_name(), "."));
    const auto found = object.find(std::string(key));
    if (found == object.end()) fail(ErrorCode::BadFile, join(origin, ": the key \"", key, "\" is missing."));
    return *found;
}

[[noreturn]] void wrong_type(const json& value, std::string_view key, std::string_view origin,
                             std::string_view expected) {
    fail(ErrorCode::BadFile, join(origin, ": \"", key, "\" should be ", expected, ", found ", value.type_name(), "."));
}

template <class T>
T convert(const json& value, std::string_view key, std::string_view origin);

template <>
bool convert<bool>(const json& value, std::string_view key, std::string_view origin) {
    if (!value.is_boolean()) wrong_type(value, key, origin, "true or false");
    return value.get<bool>();
}
template <>
std::string convert<std::string>(const json& value, std::string_view key, std::string_view origin) {
    if (!value.is_string()) wrong_type(value, key, origin, "a text");
    return value.get<std::string>();
}
template <>
double convert<double>(const json& value, std::string_view key, std::string_view origin) {
    if (!value.is_number()) wrong_type(value, key, origin, "a number");
    return value.get<double>();
}
template <>
std::int64_t convert<std::int64_t>(const json& value, std::string_view key, std::string_view origin) {
    if (value.is_number_integer() && !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)) {
        return value.get<std::int64_t>();
    }
    // 1e6 is a number that people write for a count.
    if (value.is_number_float()) {
        const double number = value.get<double>();
        if (std::floor(number) == number && std::abs(number) < 9.0e15) return static_cast<std::int64_t>(number);
    }
    wrong_type(value, key, origin, "a whole number");
}
template <>
int convert<int>(const json& value, std::string_view key, std::string_view origin) {
    const auto number = convert<std::int64_t>(value, key, origin);
    if (number < INT32_MIN || number > INT32_MAX) wrong_type(value, key, origin, "a whole number of at most 32 bits");
    return static_cast<int>(number);
}

}  // namespace

json parse_json(std::string_view text, std::string_view origin, bool comments) {
    const json::parser_callback_t guard = [&](int depth, json::parse_event_t event, json&) {
        const bool opens = event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
        if (opens && depth >= kMaxDepth) {
            throw std::length_error("depth");
        }
        return true;
    };
    try {
        return json::parse(text.begin(), text.end(), guard, true, comments);
    } catch (const std::length_error&) {
        fail(ErrorCode::BadFile, join(origin, ": nested deeper than ", kMaxDepth, " levels."));
    } catch (const json::parse_error& error) {
        const std::size_t offset = error.byte > 0 ? error.byte - 1 : 0;
        fail(ErrorCode::BadFile, join(origin, ": not valid JSON at ", position(text, offset), "."),
             "Check for a missing comma, quote or bracket at that place.");
    } catch (const json::exception& error) {
        fail(ErrorCode::BadFile, join(origin, ": not valid JSON (", error.what(), ")."));
    }
}

json read_json_file(const std::filesystem::path& path, bool comments) {
    return parse_json(read_file(path, std::size_t{256} << 20), path.string(), comments);
}

template <class T>
T get(const json& object, std::string_view key, std::string_view origin) {
    return convert<T>(require(object, key, origin), key, origin);
}

template <class T>
T get_or(const json& object, std::string_view key, T fallback, std::string_view origin) {
    if (!object.is_object())
        fail(ErrorCode::BadFile, join(origin, ": expected a JSON object, found ", object.type_name(), "."));
    const auto found = object.find(std::string(key));
    if (found == object.end() || found->is_null()) return fallback;
    return convert<T>(*found, key, origin);
}

template bool get<bool>(const json&, std::string_view, std::string_view);
template int get<int>(const json&, std::string_view, std::string_view);
template std::int64_t get<std::int64_t>(const json&, std::string_view, std::string_view);
template double get<double>(const json&, std::string_view, std::string_view);
template std::string get<std::string>(const json&, std::string_view, std::string_view);
template bool get_or<bool>(const json&, std::string_view, bool, std::string_view);
template int get_or<int>(const json&, std::string_view, int, std::string_view);
template std::int64_t get_or<std::int64_t>(const json&, std::string_view, std::int64_t, std::string_view);
template double get_or<double>(const json&, std::string_view, double, std::string_view);
template std::string get_or<std::string>(const json&, std::string_view, std::string, std::string_view);

}  // namespace molt
