// What is common to all visitors of settings structs (fields.h): concepts, key names, variants.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/text.h"
#include "core/spec/fields.h"

namespace molt {

template <class S>
concept Settings = requires(S& settings) {
    S::visit(settings, [](const Field&, auto&) {});
};
template <class T>
struct IsSettingsList : std::false_type {};
template <Settings S>
struct IsSettingsList<std::vector<S>> : std::true_type {};
template <class T>
concept SettingsList = IsSettingsList<T>::value;
/// A bare text stands for the key named `shorthand`.
template <class S>
concept HasShorthand = Settings<S> && requires {
    S::shorthand;
};
/// Which keys there are depends on the text setting named `variant_key`, whose choices are the variants.
template <class S>
concept HasVariants = Settings<S> && requires {
    S::variant_key;
};

/// "stages" + "0" -> "stages.0"; an empty prefix adds nothing.
inline std::string setting_key(const std::string& prefix, std::string_view name) {
    return prefix.empty() ? std::string(name) : join(prefix, ".", name);
}

/// Names of the keys of a struct, for the variant that `settings` is.
template <Settings S>
std::vector<std::string> setting_names(const S& settings) {
    std::vector<std::string> names;
    S::visit(settings, [&](const Field& field, const auto&) { names.emplace_back(field.name); });
    return names;
}

/// Default values, one for each variant; a single one for a struct without variants.
template <Settings S>
std::vector<S> settings_variants() {
    std::vector<S> variants;
    if constexpr (HasVariants<S>) {
        const S defaults;
        S::visit(defaults, [&](const Field& field, const auto&) {
            if (field.name != S::variant_key) return;
            for (const std::string_view choice : field.choices) {
                S::visit(variants.emplace_back(), [&](const Field& inner, auto& value) {
                    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, std::string>)
                        if (inner.name == S::variant_key) value = choice;
                });
            }
        });
    } else {
        variants.emplace_back();
    }
    return variants;
}

/// The keys of all variants together.
template <Settings S>
std::vector<std::string> names_of_all_variants() {
    std::vector<std::string> names;
    for (const S& variant : settings_variants<S>()) {
        for (std::string& name : setting_names(variant)) names.push_back(std::move(name));
    }
    return names;
}

}  // namespace molt
