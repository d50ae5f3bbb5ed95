// molt recipe: presets, the schema, and help on every key.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/recipe.h"

#include <iostream>

#include "app/molt/options.h"
#include "core/base/error.h"

namespace molt::app {

namespace {

struct Options {
    CommonOptions common;
    std::string preset, key;
    bool schema = false, explain = false;
};

int run(Options& options) {
    if (options.schema) {
        std::cout << recipe_schema().dump(2) << "\n";
    } else if (options.explain) {
        std::cout << explain_recipe(options.key);
    } else if (!options.preset.empty()) {
        std::cout << recipe_to_json(load_preset(options.preset)).dump(2) << "\n";
    } else if (options.common.json) {
        print_json({{"presets", preset_names()}});
    } else {
        for (const std::string& name : preset_names()) std::cout << name << "\n";
    }
    return 0;
}

}  // namespace

void add_recipe(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.command<Options>(
        "recipe", "Print a preset, the JSON Schema, or help on keys; without options: the presets", options, run);
    auto* preset = command->add_option("--preset", options->preset, "Print this preset as a recipe");
    auto* schema = command->add_flag("--schema", options->schema, "Print the JSON Schema of recipes");
    auto* explain = command->add_flag("--explain", options->explain, "Print help on KEY, or on every key");
    command->add_option("KEY", options->key, "With --explain: key or group")->needs(explain);
    preset->excludes(schema)->excludes(explain);
    schema->excludes(explain);
    add_output_options(*command, options->common);
}

}  // namespace molt::app
