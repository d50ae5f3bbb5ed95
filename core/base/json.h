// JSON through nlohmann::ordered_json (order of keys is kept): reading with useful errors, writing doubles that
// round-trip. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace molt {

using json = nlohmann::ordered_json;

/// Parses text that came from `origin` (a file name or "--set"). `//` comments are allowed if `comments`.
/// Nesting deeper than 128 is refused. Throws Error(BadFile) with line and column.
json parse_json(std::string_view text, std::string_view origin, bool comments = false);
/// Reads and parses a file. Throws Error(NotFound), Error(BadFile).
json read_json_file(const std::filesystem::path& path, bool comments = false);

/// Typed access to a required or optional key of an object. Throws Error(BadFile) naming origin, key, expected type.
/// Instances: bool, std::int64_t, int, double, std::string.
template <class T>
T get(const json& object, std::string_view key, std::string_view origin);
template <class T>
T get_or(const json& object, std::string_view key, T fallback, std::string_view origin);

}  // namespace molt
