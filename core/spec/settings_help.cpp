// JSON Schema and help out of declared settings; and the errors about keys that do not exist.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/settings_help.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/spec/settings_edit.h"

namespace molt {

namespace {

json number_limit(double limit, ValueKind kind) {
    if (kind == ValueKind::Integer || kind == ValueKind::IntegerList) return static_cast<std::int64_t>(limit);
    return limit;
}

json number_schema(const SettingInfo& info) {
    json schema = {{"type", info.kind == ValueKind::Integer ? "integer" : "number"}};
    if (std::isfinite(info.field.min)) schema["minimum"] = number_limit(info.field.min, info.kind);
    if (std::isfinite(info.field.max)) schema["maximum"] = number_limit(info.field.max, info.kind);
    return schema;
}

json layers_schema() {
    return {{"type", "array"}, {"items", {{"type", "integer"}, {"minimum", 0}}}, {"uniqueItems", true}};
}

json object_schema(const SettingForm& form, const std::vector<std::string>& required);

/// A struct: one object, or one of its variants.
json forms_schema(const std::vector<SettingForm>& forms, const std::vector<std::string>& required) {
    if (forms.size() == 1) return object_schema(forms.front(), required);
    json variants = json::array();
    for (const SettingForm& form : forms) variants.push_back(object_schema(form, required));
    return {{"oneOf", variants}};
}

json type_schema(const SettingInfo& info) {
    switch (info.kind) {
        case ValueKind::Flag:
            return {{"type", "boolean"}};
        case ValueKind::Integer:
        case ValueKind::Number:
            return number_schema(info);
        case ValueKind::Text: {
            json schema = {{"type", "string"}};
            for (const std::string_view choice : info.field.choices) schema["enum"].push_back(std::string(choice));
            return schema;
        }
        case ValueKind::TextList:
            return {{"type", "array"}, {"items", {{"type", "string"}}}};
        case ValueKind::IntegerList:
            return {{"type", "array"}, {"items", {{"type", "integer"}}}};
        case ValueKind::HeldOut:
            return {{"anyOf", {{{"type", "number"}, {"minimum", 0}, {"exclusiveMaximum", 1}}, {{"type", "string"}}}}};
        case ValueKind::Attention:
            return {{"anyOf",
                     {{{"type", "number"}, {"minimum", 0}, {"maximum", 1}}, {{"type", "string"}}, layers_schema()}}};
        case ValueKind::Object: {
            const json object = forms_schema(info.forms, {});
            return info.has_shorthand ? json{{"anyOf", {{{"type", "string"}}, object}}} : object;
        }
        case ValueKind::ObjectList:
            return {{"type", "array"}, {"items", forms_schema(info.forms, {})}};
    }
    return json::object();
}

std::string with_unit(const Field& field) {
    return field.unit.empty() ? std::string(field.help) : join(field.help, " Unit: ", field.unit, ".");
}

json setting_schema(const SettingInfo& info) {
    json schema = {{"title", std::string(info.field.label)}, {"description", with_unit(info.field)}};
    schema.update(type_schema(info));
    if (!info.default_value.is_null()) schema["default"] = info.default_value;
    return schema;
}

json object_schema(const SettingForm& form, const std::vector<std::string>& required) {
    json properties = json::object();
    std::vector<std::string> needed = required;
    for (const SettingInfo& info : form.settings) {
        json schema = setting_schema(info);
        if (!form.variant_key.empty() && info.field.name == form.variant_key) {
            schema.erase("enum");
            schema["const"] = form.variant;
            if (!form.is_default) needed.push_back(form.variant_key);
        }
        properties[std::string(info.field.name)] = std::move(schema);
    }
    json schema = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
    if (!needed.empty()) schema["required"] = needed;
    return schema;
}

/// A setting with its dotted key, and the variants that have it (empty: all).
struct Explained {
    std::string key;
    const SettingInfo* info = nullptr;
    std::vector<std::string> variants;
};

void flatten(const std::vector<SettingForm>& forms, const std::string& prefix, std::vector<Explained>& out) {
    std::vector<Explained> level;
    for (const SettingForm& form : forms) {
        for (const SettingInfo& info : form.settings) {
            const std::string key = setting_key(prefix, info.field.name);
            auto same = std::find_if(level.begin(), level.end(), [&](const Explained& e) { return e.key == key; });
            if (same == level.end()) same = level.insert(level.end(), {key, &info, {}});
            same->variants.push_back(form.variant);
        }
    }
    for (Explained& explained : level) {
        if (explained.variants.size() == forms.size()) explained.variants.clear();
        out.push_back(explained);
        flatten(explained.info->forms, explained.key, out);
    }
}

std::string range_of(const SettingInfo& info) {
    const Field& field = info.field;
    std::ostringstream out;
    out.precision(12);
    if (!field.choices.empty()) {
        std::vector<std::string> choices(field.choices.begin(), field.choices.end());
        out << ", one of " << join_list(choices, ", ");
    }
    if (std::isfinite(field.min)) out << ", " << field.min << (std::isfinite(field.max) ? " to " : " or more");
    if (std::isfinite(field.max)) out << field.max;
    if (!field.unit.empty()) out << " " << field.unit;
    return out.str();
}

std::string explain(const Explained& explained) {
    const SettingInfo& info = *explained.info;
    std::string out = join(explained.key, " (", info.field.label, "): ", kind_text(info.kind), range_of(info));
    if (info.has_shorthand) out += ", or its path alone";
    if (!info.default_value.is_null()) out += join("; default ", info.default_value.dump());
    if (!explained.variants.empty()) out += join("; only ", join_list(explained.variants, ", "));
    return join(out, "\n    ", info.field.help, "\n");
}

/// "stages[0].data.path" -> "stages.data.path".
std::string without_indices(std::string_view key) {
    std::vector<std::string> parts;
    for (const std::string& part : split_setting_key(key)) {
        if (part.find_first_not_of("0123456789") != std::string::npos) parts.push_back(part);
    }
    return join_list(parts, ".");
}

bool is_asked(const std::string& key, const std::string& asked) {
    const auto is_part = [&](std::size_t at) { return at == 0 || key[at - 1] == '.'; };
    const bool is_tail = key.size() >= asked.size() && key.ends_with(asked) && is_part(key.size() - asked.size());
    return is_tail || key.starts_with(asked + ".");
}

}  // namespace

json settings_schema(const std::vector<SettingForm>& forms, std::string_view title,
                     const std::vector<std::string>& required) {
    json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", std::string(title)}};
    schema.update(forms_schema(forms, required));
    return schema;
}

std::string explain_settings(const std::vector<SettingForm>& forms, std::string_view key) {
    std::vector<Explained> all;
    flatten(forms, {}, all);
    const std::string asked = without_indices(key);
    std::string out;
    std::vector<std::string> names;
    for (const Explained& explained : all) {
        if (asked.empty() || is_asked(explained.key, asked)) out += explain(explained);
        names.push_back(explained.key);
        names.emplace_back(explained.info->field.name);
    }
    if (!out.empty()) return out;
    const std::string nearest = nearest_name(asked, names);
    fail(ErrorCode::Usage, join("There is no setting \"", key, "\"."),
         nearest.empty() ? std::string("Without a key, all settings are explained.")
                         : join("Did you mean \"", nearest, "\"?"));
}

}  // namespace molt
