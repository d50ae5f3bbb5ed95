// molt train: a recipe becomes a run.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>
#include <iostream>

#include "app/molt/launch.h"
#include "app/molt/options.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/spec/recipe.h"
#include "core/store/experiment_store.h"
#include "core/train/run_plan.h"

namespace molt::app {

namespace {

struct Options {
    CommonOptions common;
    std::string recipe, preset;
    std::vector<std::string> overrides;
    bool detach = false, dry_run = false, print_events = false, deterministic = false;
    std::int64_t seed = -1;
};

RunConfig read_recipe(const Options& options) {
    if (options.recipe.empty() == options.preset.empty())
        fail(ErrorCode::Usage, "Give a recipe file, or a preset with --preset.",
             "molt recipe --preset tiny-demo prints one.");
    RunConfig config = options.preset.empty() ? load_recipe(options.recipe) : load_preset(options.preset);
    for (const std::string& item : options.overrides) apply_override(config, item);
    if (options.seed >= 0) config.seed = options.seed;
    if (options.deterministic) config.deterministic = true;
    if (options.common.device != "auto") config.device = options.common.device;
    if (options.common.dtype != "auto") config.dtype = options.common.dtype;
    if (options.common.threads > 0) config.threads = options.common.threads;
    if (!options.common.tokenizer.empty()) config.tokenizer = options.common.tokenizer;
    resolve_paths(config, std::filesystem::current_path());
    config.validate();
    return config;
}

json plan_json(const RunPlan& plan) {
    json stages = json::array();
    for (const StagePlan& stage : plan.stages) {
        json memory = json::object();
        for (const auto& [name, bytes] : stage.memory) memory[name] = bytes;
        stages.push_back({{"kind", stage.kind},
                          {"steps", stage.steps},
                          {"tokens", stage.tokens},
                          {"train_tokens", stage.train_tokens},
                          {"held_out_tokens", stage.held_out_tokens},
                          {"trained_parameters", stage.trained_parameters},
                          {"frozen_parameters", stage.frozen_parameters},
                          {"memory_bytes", stage.memory_bytes},
                          {"memory", std::move(memory)},
                          {"trained_examples", stage.trained_examples},
                          {"seconds", stage.seconds ? json(*stage.seconds) : json()}});
    }
    return {{"stages", std::move(stages)},
            {"teacher_parameters", plan.teacher_parameters},
            {"student_parameters", plan.student_parameters},
            {"disk_bytes", plan.disk_bytes},
            {"free_disk_bytes", plan.free_disk_bytes},
            {"layers", plan.layers},
            {"warnings", plan.warnings}};
}

void print_plan(const RunPlan& plan) {
    if (plan.teacher_parameters > 0)
        std::cout << "teacher  " << format_count(plan.teacher_parameters) << " parameters\n";
    std::cout << "student  " << format_count(plan.student_parameters) << " parameters, layers "
              << join_list(plan.layers, " ") << "\n";
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        const StagePlan& stage = plan.stages[i];
        std::cout << "stage " << i + 1 << "  " << stage.kind << ": " << stage.steps << " steps, "
                  << format_count(stage.tokens) << " tokens (data " << format_count(stage.train_tokens) << ", held out "
                  << format_count(stage.held_out_tokens) << ")\n"
                  << "         learns " << format_count(stage.trained_parameters) << " parameters ("
                  << join_list(stage.trained_examples, ", ") << "), frozen " << format_count(stage.frozen_parameters)
                  << "\n"
                  << "         memory about " << format_bytes(stage.memory_bytes);
        for (const auto& [name, bytes] : stage.memory) std::cout << ", " << name << " " << format_bytes(bytes);
        std::cout << "\n         time "
                  << (stage.seconds ? "about " + format_duration(*stage.seconds) + " on this machine"
                                    : "is known after the first steps")
                  << "\n";
    }
    std::cout << "disk     " << format_bytes(plan.disk_bytes) << " of " << format_bytes(plan.free_disk_bytes)
              << " free\n";
    for (const std::string& warning : plan.warnings) std::cout << "warning: " << warning << "\n";
}

int run(Options& options) {
    const RunConfig config = read_recipe(options);
    const std::filesystem::path database = database_path(options.common);
    if (options.dry_run) {
        // Nothing is written: the next run's folder is only used to say where it would go.
        const RunPlan plan = plan_run(config, database.parent_path() / "runs" / "next");
        if (options.common.json)
            print_json(plan_json(plan));
        else
            print_plan(plan);
        return 0;
    }
    RunId id = 0;
    {
        ExperimentStore store(database);
        id = store.create_run(config.name, recipe_to_json(config).dump());
    }
    if (options.detach) {
        start_detached(database, id);
        if (options.common.json)
            print_json({{"id", id}});
        else
            std::cout << id << "\n";
        return 0;
    }
    return run_attached(database, id,
                        {.print_events = options.print_events,
                         .json = options.common.json,
                         .quiet = options.common.quiet,
                         .created = true});
}

}  // namespace

void add_train(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        program.command<Options>("train", "Work through a recipe: distil a hybrid, or pretrain a model", options, run);
    command->add_option("RECIPE", options->recipe, "Recipe file (JSON, // comments allowed)");
    command->add_option("--preset", options->preset, "A preset instead of a file");
    command->add_option("--set", options->overrides, "KEY=VALUE: replace a value, as in stages.0.steps=100")
        ->allow_extra_args(false);
    command->add_flag("--dry-run", options->dry_run, "Check everything and print the plan");
    command->add_flag("--detach", options->detach, "Start a worker of its own, print the run's number and return");
    command->add_flag("--print-events", options->print_events, "Print every event as a JSON line");
    command->add_flag("--deterministic", options->deterministic,
                      "Bit-identical results for the same machine and threads");
    command->add_option("--seed", options->seed, "Replaces the recipe's seed")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 52));
    add_model_options(*command, options->common);
    add_database_option(*command, options->common);
    add_output_options(*command, options->common);
}

}  // namespace molt::app
