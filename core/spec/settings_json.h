// Settings structs (fields.h) <-> JSON, and their check: templates over visit(); single values are in setting_value.h.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

#include "core/base/json.h"
#include "core/spec/setting_value.h"
#include "core/spec/settings_visit.h"

namespace molt {

template <Settings S>
json settings_to_json(const S& settings) {
    json object = json::object();
    S::visit(settings, [&](const Field& field, const auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        json& slot = object[std::string(field.name)];
        if constexpr (Settings<T>) {
            slot = settings_to_json(value);
        } else if constexpr (SettingsList<T>) {
            slot = json::array();
            for (const auto& item : value) slot.push_back(settings_to_json(item));
        } else {
            slot = value_to_json(value);
        }
    });
    if constexpr (HasShorthand<S>) {
        // The short form is what people write; the long one appears only where it says more.
        const std::string key(S::shorthand);
        S shortened;
        S::visit(shortened, [&](const Field& field, auto& value) {
            if (field.name == S::shorthand) read_value(object[key], Field{}, key, value);
        });
        bool all_default = true;
        S::visit(shortened, [&](const Field& field, const auto& value) {
            all_default = all_default && object[std::string(field.name)] == value_to_json(value);
        });
        if (all_default) return object[key];
    }
    return object;
}

/// Throws Error(BadConfig): there is no such key; names the nearest of `known`. `elsewhere`: keys of other variants.
[[noreturn]] void unknown_setting(const std::string& prefix, const std::string& name,
                                  const std::vector<std::string>& known, const std::vector<std::string>& elsewhere);

template <Settings S>
void settings_from_json(const json& object, const std::string& prefix, S& out);

/// A list of settings structs, each read over default values.
template <Settings S>
std::vector<S> settings_list_from_json(const json& array, const std::string& where) {
    if (!array.is_array()) wrong_setting_type(where, kind_text(ValueKind::ObjectList), array);
    std::vector<S> list(array.size());
    for (std::size_t i = 0; i < list.size(); ++i) settings_from_json(array[i], join(where, ".", i), list[i]);
    return list;
}

/// Reads keys of `object` over the values that `out` has. Throws Error(BadConfig) for an unknown key, a wrong type, a
/// value out of range; the message names the full key. `prefix` is where the object stands ("stages.0").
template <Settings S>
void settings_from_json(const json& object, const std::string& prefix, S& out) {
    if constexpr (HasShorthand<S>) {
        if (object.is_string()) {
            S::visit(out, [&](const Field& field, auto& value) {
                if (field.name == S::shorthand) read_value(object, field, setting_key(prefix, field.name), value);
            });
            return;
        }
    }
    if (!object.is_object()) wrong_setting_type(prefix.empty() ? "The document" : prefix, "JSON object", object);
    S::visit(out, [&](const Field& field, auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        const auto found = object.find(std::string(field.name));
        if (found == object.end()) return;
        const std::string where = setting_key(prefix, field.name);
        if constexpr (Settings<T>) {
            settings_from_json(*found, where, value);
        } else if constexpr (SettingsList<T>) {
            value = settings_list_from_json<typename T::value_type>(*found, where);
        } else {
            read_value(*found, field, where, value);
        }
    });
    const std::vector<std::string> known = setting_names(out);
    for (const auto& [name, value] : object.items()) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            unknown_setting(prefix, name, known, names_of_all_variants<S>());
    }
}

/// Ranges and choices of every value, as after reading. Throws Error(BadConfig).
template <Settings S>
void check_settings(const S& settings, const std::string& prefix = {}) {
    S::visit(settings, [&](const Field& field, const auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        const std::string where = setting_key(prefix, field.name);
        if constexpr (Settings<T>) {
            check_settings(value, where);
        } else if constexpr (SettingsList<T>) {
            for (std::size_t i = 0; i < value.size(); ++i) check_settings(value[i], join(where, ".", i));
        } else {
            check_value(field, where, value);
        }
    });
}

}  // namespace molt
