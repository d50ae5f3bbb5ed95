// Small text helpers: joining, numbers with units, UTF-8 boundaries, globs, nearest name. No locale, no regex.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace molt {

/// All arguments written one after another through an ostringstream: join("step ", 3, " of ", n).
template <class... Args>
std::string join(const Args&... args) {
    std::ostringstream out;
    (out << ... << args);
    return out.str();
}

/// Elements with a separator between them.
std::string join_list(std::span<const std::string> items, std::string_view separator);

/// Three digits: "1.50 GiB", "12.0 MiB", "312 B".
std::string format_bytes(std::int64_t bytes);
/// "1.23 B", "260 K", "999": parameters and token counts.
std::string format_count(std::int64_t count);
/// "1h 02m", "3m 20s", "12 s", "0.4 s"; "unknown" for a negative or endless one.
std::string format_duration(double seconds);

/// `*` matches any run of characters (dots included), `?` one character; whole-string match.
bool glob_match(std::string_view pattern, std::string_view text);

/// The candidate with the smallest edit distance, or empty if none is near (distance > 1/2 of the name's length).
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// Number of bytes at the front of `bytes` that form whole UTF-8 characters or are certainly invalid: everything except
/// a truncated, so far valid, last character.
std::size_t complete_utf8_prefix(std::string_view bytes);

/// `bytes` with each maximal invalid subsequence replaced by U+FFFD (Unicode's recommended practice).
/// `replaced`, if given, is set to whether anything changed.
std::string to_valid_utf8(std::string_view bytes, bool* replaced = nullptr);

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace molt
