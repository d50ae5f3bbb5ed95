// Recipes out of files, presets and command lines.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/recipe.h"

#include <algorithm>
#include <functional>

#include "core/base/error.h"
#include "core/base/platform.h"
#include "core/base/text.h"
#include "core/spec/settings_edit.h"
#include "core/spec/settings_help.h"
#include "core/spec/settings_json.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kResourcePrefix = "resource:";
constexpr std::string_view kGeneratedPrefix = "demo:";  // data that is generated, not read (core/data/demo_language.h)
constexpr std::string_view kPresetFolder = "presets";

/// Calls `action` with every path in the settings.
template <Settings S>
void for_each_path(S& settings, const std::function<void(std::string&)>& action) {
    S::visit(settings, [&](const Field& field, auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        if constexpr (Settings<T>) {
            for_each_path(value, action);
        } else if constexpr (SettingsList<T>) {
            for (auto& item : value) for_each_path(item, action);
        } else if constexpr (std::is_same_v<T, HeldOut>) {
            action(value.path);
        } else if constexpr (std::is_same_v<T, std::string>) {
            if (field.is_path) action(value);
        }
    });
}

void resolve_resource(std::string& path) {
    if (!std::string_view(path).starts_with(kResourcePrefix)) return;
    path = resource_path(path.substr(kResourcePrefix.size())).lexically_normal().string();
}

}  // namespace

json recipe_to_json(const RunConfig& config) { return settings_to_json(config); }

RunConfig recipe_from_json(const json& document, std::string_view origin) {
    RunConfig config;
    try {
        settings_from_json(document, {}, config);
    } catch (const Error& error) {
        fail(error.code(), join(origin, ": ", error.what()), error.hint());
    }
    return config;
}

RunConfig load_recipe(const fs::path& path) {
    json document;
    try {
        document = read_json_file(path, true);
    } catch (const Error& error) {
        // What is wrong with a recipe is a wrong configuration, its commas included.
        if (error.code() != ErrorCode::BadFile) throw;
        fail(ErrorCode::BadConfig, error.what(), error.hint());
    }
    return recipe_from_json(document, path.string());
}

void apply_override(RunConfig& config, std::string_view key_value) {
    const std::size_t equals = key_value.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        fail(ErrorCode::BadConfig, join("\"", key_value, "\" sets nothing."),
             "Write KEY=VALUE, as in stages.0.steps=100.");
    }
    const std::vector<std::string> path = split_setting_key(key_value.substr(0, equals));
    set_setting(config, path, key_value.substr(equals + 1));
}

std::vector<std::string> preset_names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(resource_path(std::string(kPresetFolder)))) {
        if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

RunConfig load_preset(const std::string& name) {
    const std::vector<std::string> known = preset_names();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        const std::string nearest = nearest_name(name, known);
        fail(
            ErrorCode::Usage, join("There is no preset \"", name, "\"."),
            nearest.empty() ? join("Presets: ", join_list(known, ", "), ".") : join("Did you mean \"", nearest, "\"?"));
    }
    RunConfig config = load_recipe(resource_path(join(kPresetFolder, "/", name, ".json")));
    for_each_path(config, resolve_resource);
    return config;
}

void resolve_paths(RunConfig& config, const fs::path& base) {
    for_each_path(config, [&](std::string& path) {
        if (path.empty() || path.starts_with(kGeneratedPrefix)) return;
        resolve_resource(path);
        path = (fs::absolute(base) / path).lexically_normal().string();
    });
}

json recipe_schema() { return settings_schema(describe_settings<RunConfig>(), "Molt recipe", {"stages"}); }

std::string explain_recipe(std::string_view key) { return explain_settings(describe_settings<RunConfig>(), key); }

}  // namespace molt
