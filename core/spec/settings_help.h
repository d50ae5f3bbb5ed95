// Declarations of settings as data, and what is made of them: JSON Schema and help texts.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/spec/settings_json.h"

namespace molt {

struct SettingForm;

/// One declared setting.
struct SettingInfo {
    Field field;
    ValueKind kind = ValueKind::Text;
    json default_value;              ///< null for objects and lists of objects
    bool has_shorthand = false;      ///< an object for which a bare text may stand
    std::vector<SettingForm> forms;  ///< of an object or of the elements of a list; several if it has variants
};

/// The settings of one variant of a struct.
struct SettingForm {
    std::string variant_key, variant;  ///< empty for a struct without variants
    bool is_default = true;            ///< what an object without the variant key is
    std::vector<SettingInfo> settings;
};

template <Settings S>
std::vector<SettingForm> describe_settings() {
    std::vector<SettingForm> forms;
    const S defaults;
    json default_variant;
    if constexpr (HasVariants<S>) default_variant = settings_to_json(defaults)[std::string(S::variant_key)];
    for (const S& settings : settings_variants<S>()) {
        SettingForm& form = forms.emplace_back();
        S::visit(settings, [&](const Field& field, const auto& value) {
            using T = std::remove_cvref_t<decltype(value)>;
            SettingInfo& info = form.settings.emplace_back();
            info.field = field;
            if constexpr (Settings<T>) {
                info.kind = ValueKind::Object;
                info.has_shorthand = HasShorthand<T>;
                info.forms = describe_settings<T>();
            } else if constexpr (SettingsList<T>) {
                info.kind = ValueKind::ObjectList;
                info.forms = describe_settings<typename T::value_type>();
            } else {
                info.kind = kind_of(value);
                info.default_value = value_to_json(value);
            }
            if constexpr (HasVariants<S>) {
                if (field.name != S::variant_key) return;
                form.variant_key = S::variant_key;
                form.variant = info.default_value.template get<std::string>();
                form.is_default = info.default_value == default_variant;
            }
        });
    }
    return forms;
}

/// JSON Schema (draft 2020-12) of a document with these settings. `required`: keys that must be there.
json settings_schema(const std::vector<SettingForm>& forms, std::string_view title,
                     const std::vector<std::string>& required);

/// Two lines for each setting whose key, group or last part is `key` (all if empty): key, type, range, unit, default;
/// help. Throws Error(Usage) for an unknown key, naming the nearest.
std::string explain_settings(const std::vector<SettingForm>& forms, std::string_view key);

}  // namespace molt
