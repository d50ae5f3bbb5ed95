// Text helpers without locale or regex.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

namespace molt {

namespace {

std::string formatted(const char* pattern, double value) {
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), pattern, value);
    return buffer.data();
}

std::string scaled(double value, double base, std::span<const char* const> units) {
    std::size_t unit = 0;
    while (value >= base && unit + 1 < units.size()) {
        value /= base;
        ++unit;
    }
    const char* pattern = unit == 0 ? "%.0f" : (value < 10 ? "%.2f" : (value < 100 ? "%.1f" : "%.0f"));
    return formatted(pattern, value) + units[unit];
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
        }
    }
    return row[b.size()];
}

/// Length of the well-formed UTF-8 sequence at the front (Unicode table 3-7), 0 if ill-formed; `*truncated` is set when
/// all bytes that are there are a valid beginning of a longer sequence, and `*prefix` to how many those are.
std::size_t sequence_length(std::string_view text, std::size_t* prefix, bool* truncated) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    *truncated = false;
    *prefix = 1;
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    std::size_t length = 0;
    unsigned low = 0x80, high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    } else {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if (i >= text.size()) {
            *truncated = true;
            return 0;
        }
        if (byte(i) < low || byte(i) > high) return 0;
        low = 0x80;
        high = 0xBF;
        *prefix = i + 1;
    }
    return length;
}

}  // namespace

std::string join_list(std::span<const std::string> items, std::string_view separator) {
    std::string out;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out += separator;
        out += items[i];
    }
    return out;
}

std::string format_bytes(std::int64_t bytes) {
    static constexpr const char* units[] = {" B", " KiB", " MiB", " GiB", " TiB"};
    return scaled(static_cast<double>(bytes), 1024.0, units);
}

std::string format_count(std::int64_t count) {
    static constexpr const char* units[] = {"", " K", " M", " B", " T"};
    return scaled(static_cast<double>(count), 1000.0, units);
}

std::string format_duration(double seconds) {
    constexpr double kLongest = 1e12;
    if (!(seconds >= 0 && seconds < kLongest)) return "unknown";
    if (seconds < 10) return formatted("%.1f s", seconds);
    const auto whole = static_cast<std::int64_t>(seconds + 0.5);
    std::array<char, 64> buffer{};
    if (whole < 60) {
        std::snprintf(buffer.data(), buffer.size(), "%d s", static_cast<int>(whole));
    } else if (whole < 3600) {
        std::snprintf(buffer.data(), buffer.size(), "%dm %02ds", static_cast<int>(whole / 60),
                      static_cast<int>(whole % 60));
    } else {
        std::snprintf(buffer.data(), buffer.size(), "%lldh %02dm", static_cast<long long>(whole / 3600),
                      static_cast<int>(whole % 3600 / 60));
    }
    return buffer.data();
}

bool glob_match(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

std::string nearest_name(std::string_view name, std::span<const std::string> candidates) {
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(name.size() / 2, 1) + 1;
    for (const auto& candidate : candidates) {
        // The lengths alone may say that it is not near; keys of hostile files are long.
        const std::size_t longer = std::max(name.size(), candidate.size());
        if (longer - std::min(name.size(), candidate.size()) >= best_distance) continue;
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

std::size_t complete_utf8_prefix(std::string_view bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
        std::size_t prefix = 0;
        bool truncated = false;
        const std::size_t length = sequence_length(bytes.substr(at), &prefix, &truncated);
        if (truncated) return at;
        at += length > 0 ? length : prefix;
    }
    return at;
}

std::string to_valid_utf8(std::string_view bytes, bool* replaced) {
    std::string out;
    out.reserve(bytes.size());
    bool changed = false;
    std::size_t at = 0;
    while (at < bytes.size()) {
        std::size_t prefix = 0;
        bool truncated = false;
        const std::size_t length = sequence_length(bytes.substr(at), &prefix, &truncated);
        if (length > 0) {
            out += bytes.substr(at, length);
            at += length;
        } else {
            out += "\xEF\xBF\xBD";
            at += prefix;
            changed = true;
        }
    }
    if (replaced != nullptr) *replaced = changed;
    return out;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n\f\v";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (std::size_t at = text.find(separator); at != std::string_view::npos; at = text.find(separator, begin)) {
        parts.emplace_back(text.substr(begin, at - begin));
        begin = at + 1;
    }
    parts.emplace_back(text.substr(begin));
    return parts;
}

}  // namespace molt
