// Setting one value by its dotted key, as `--set stages.0.steps=100` does: a template over visit().
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/spec/settings_json.h"

namespace molt {

/// "stages[0].steps" or "stages.0.steps" -> {"stages", "0", "steps"}.
std::vector<std::string> split_setting_key(std::string_view key);
/// Index of a list element. Throws Error(BadConfig) if it is no number or not below `size`.
std::size_t parse_setting_index(const std::string& where, const std::string& text, std::size_t size);
/// Throws Error(BadConfig): the key goes on behind a single value.
[[noreturn]] void setting_has_no_parts(const std::string& where);

/// Sets the value at `path` from command-line text. Throws Error(BadConfig) as settings_from_json() does.
template <Settings S>
void set_setting(S& settings, std::span<const std::string> path, std::string_view text,
                 const std::string& prefix = {}) {
    bool found = false;
    S::visit(settings, [&](const Field& field, auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        if (found || path.empty() || field.name != path[0]) return;
        found = true;
        const std::string where = setting_key(prefix, field.name);
        const auto rest = path.subspan(1);
        if constexpr (Settings<T>) {
            if (!rest.empty()) return set_setting(value, rest, text, where);
            T replaced;
            settings_from_json(text_to_json(text, ValueKind::Object), where, replaced);
            value = std::move(replaced);
        } else if constexpr (SettingsList<T>) {
            if (rest.empty()) {
                value =
                    settings_list_from_json<typename T::value_type>(text_to_json(text, ValueKind::ObjectList), where);
                return;
            }
            const std::size_t index = parse_setting_index(where, rest[0], value.size());
            const std::string element = join(where, ".", index);
            if (rest.size() == 1) {
                settings_from_json(text_to_json(text, ValueKind::Object), element, value[index]);
            } else {
                set_setting(value[index], rest.subspan(1), text, element);
            }
        } else {
            if (!rest.empty()) setting_has_no_parts(where);
            read_value(text_to_json(text, kind_of(value)), field, where, value);
        }
    });
    if (!found) {
        const std::string name = path.empty() ? std::string() : path[0];
        unknown_setting(prefix, name, setting_names(settings), names_of_all_variants<S>());
    }
}

}  // namespace molt
