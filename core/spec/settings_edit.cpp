// Keys of settings: splitting them, list indices, and what is said about keys that do not exist.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/settings_edit.h"

#include <charconv>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

std::vector<std::string> split_setting_key(std::string_view key) {
    std::string dotted;
    for (const char c : key) {
        if (c == '[') {
            dotted += '.';
        } else if (c != ']') {
            dotted += c;
        }
    }
    return split(trim(dotted), '.');
}

std::size_t parse_setting_index(const std::string& where, const std::string& text, std::size_t size) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (!text.empty() && error == std::errc() && end == text.data() + text.size() && index < size) return index;
    fail(ErrorCode::BadConfig, join("There is no ", where, ".", text, "."),
         size == 0 ? join(where, " is empty.") : join("Elements of ", where, " are counted from 0 to ", size - 1, "."));
}

void setting_has_no_parts(const std::string& where) {
    fail(ErrorCode::BadConfig, join(where, " is a single value and has no keys inside."),
         join("Write ", where, "=VALUE."));
}

void unknown_setting(const std::string& prefix, const std::string& name, const std::vector<std::string>& known,
                     const std::vector<std::string>& elsewhere) {
    const std::string key = setting_key(prefix, name);
    if (std::find(elsewhere.begin(), elsewhere.end(), name) != elsewhere.end()) {
        fail(ErrorCode::BadConfig, join("The key \"", key, "\" does not belong here."),
             join("Keys here: ", join_list(known, ", "), "."));
    }
    const std::string nearest = nearest_name(name, known);
    if (nearest.empty())
        fail(ErrorCode::BadConfig, join("Unknown key \"", key, "\"."),
             join("Known keys: ", join_list(known, ", "), "."));
    fail(ErrorCode::BadConfig, join("Unknown key \"", key, "\"; did you mean \"", nearest, "\"?"),
         "`molt recipe --explain` lists all keys.");
}

}  // namespace molt
