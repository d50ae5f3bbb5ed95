// Recipes: RunConfig from files, presets and command lines, and back; schema and help.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/spec/run_config.h"

namespace molt {

/// Every key, in the order of the declarations; recipe_from_json() of it gives the same recipe.
json recipe_to_json(const RunConfig& config);
/// Throws Error(BadConfig) naming `origin` and the key. Not validated yet: overrides may follow.
RunConfig recipe_from_json(const json& document, std::string_view origin);

/// Reads a recipe file (`//` comments allowed). Throws Error(NotFound), Error(BadConfig).
RunConfig load_recipe(const std::filesystem::path& path);

/// "stages.0.steps=100" or "stages[0].steps=100". Throws Error(BadConfig).
void apply_override(RunConfig& config, std::string_view key_value);

/// Names of resources/presets/*.json, sorted.
std::vector<std::string> preset_names();
/// A preset with its "resource:NAME" paths made absolute. Throws Error(Usage) naming the nearest preset.
RunConfig load_preset(const std::string& name);

/// Makes every path of the recipe absolute: "resource:NAME" is a file that comes with Molt, another relative path is
/// taken from `base`. Empty paths, and "demo:..." (data that is generated, not read), stay as they are.
void resolve_paths(RunConfig& config, const std::filesystem::path& base);

/// JSON Schema (draft 2020-12) of a recipe.
json recipe_schema();
/// Help on one key, on a group ("student"), or on all (empty). Throws Error(Usage).
std::string explain_recipe(std::string_view key = {});

}  // namespace molt
