// Runs in every state that the workbench shows, written into a store as workers would write them.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "core/base/platform.h"
#include "core/spec/recipe.h"
#include "core/store/experiment_store.h"

namespace molt::testing {

inline RunEvent event_at(double time, decltype(RunEvent::body) body) { return {0, time, std::move(body)}; }

/// A valid recipe whose files need not exist.
inline RunConfig sample_recipe(const std::string& name) {
    RunConfig config;
    config.name = name;
    config.teacher = "/models/teacher";
    config.stages.emplace_back();
    config.stages[0].data.path = "/data/dialogues.jsonl";
    config.stages[0].steps = 300;
    return config;
}

/// Metrics of one distillation step: falling losses with seeded noise, an evaluation every 30 steps.
inline StepMetrics sample_step(std::int64_t step, std::mt19937& random) {
    std::normal_distribution<double> noise(0.0, 0.06);
    const double kl = 1.9 * std::exp(-static_cast<double>(step) / 60) + 0.06,
                 ce = 2.1 * std::exp(-static_cast<double>(step) / 90) + 0.9;
    const double kl_now = kl * std::exp(noise(random)), ce_now = ce * std::exp(noise(random));
    const double rate = step < 20 ? 1e-3 * static_cast<double>(step) / 20
                                  : 5e-4 * (1 + std::cos(3.14159 * static_cast<double>(step - 20) / 280));
    StepMetrics metrics{step,
                        {{"loss", kl_now + 0.1 * ce_now},
                         {"loss_kl", kl_now},
                         {"loss_ce", ce_now},
                         {"learning_rate", rate},
                         {"grad_norm", 0.9 * std::exp(3 * noise(random)) * (0.3 + kl)},
                         {"tokens_per_second", 9100 * std::exp(noise(random))}}};
    if (step % 30 == 0) {
        metrics.values.emplace_back("eval/kl", kl * 1.05);
        metrics.values.emplace_back("eval/perplexity", std::exp(0.7 + kl * 0.4));
    }
    return metrics;
}

/// Creates a claimed run of this process (alive as long as the test) that has done `steps` of 300 steps.
inline RunId sample_run(ExperimentStore& store, const std::string& name, std::int64_t steps) {
    const RunId id = store.create_run(name, recipe_to_json(sample_recipe(name)).dump());
    store.claim(id, {.pid = current_pid()});
    store.set_state(id, "running");
    store.set_stage(id, "distill");
    std::mt19937 random(7);
    const double start = wall_clock() - static_cast<double>(steps) * 0.25;
    std::vector<RunEvent> events{event_at(start, StateChanged{"starting", 1}),
                                 event_at(start + 0.4, LogLine{"info", "device", "cpu, 2 threads"}),
                                 event_at(start + 1, StateChanged{"running", 1})};
    for (std::int64_t step = 1; step <= steps; ++step) {
        const double time = start + 1 + 0.25 * static_cast<double>(step);
        events.push_back(event_at(time, sample_step(step, random)));
        if (step % 100 == 0)
            events.push_back(
                event_at(time, CheckpointSaved{step, "checkpoints/step-" + std::to_string(step), 6200000}));
    }
    events.push_back(event_at(wall_clock(), Progress{0, 1, "distill", "training", steps, 300, steps * 2048, 9120.0,
                                                     static_cast<double>(300 - steps) * 0.25}));
    store.append(id, 1, events);
    store.heartbeat(id);
    return id;
}

inline void finish_sample(ExperimentStore& store, RunId id, const std::string& state, decltype(RunEvent::body) last) {
    const std::vector<RunEvent> events{event_at(wall_clock(), std::move(last))};
    store.append(id, 1, events);
    store.set_state(id, state);
}

/// A resources folder of its own with the preset tiny-demo, so that tests do not depend on what is shipped.
inline void use_sample_presets(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder / "presets");
    write_file(folder / "presets" / "tiny-demo.json", recipe_to_json(sample_recipe("tiny-demo")).dump(2));
    ::setenv("MOLT_RESOURCES", folder.c_str(), 1);
}

/// One run of each kind, a completed one last (newest).
inline void fill_with_samples(ExperimentStore& store) {
    finish_sample(store, sample_run(store, "hybrid-12", 3), "failed",
                  RunFailed{"out_of_memory", "Not enough memory for the logits of 64 rows.",
                            "Set stages.0.batch_size to 16 and accumulation to 4."});
    finish_sample(store, sample_run(store, "hybrid-25", 130), "stopped", StateChanged{"stopped", 1});
    sample_run(store, "hybrid-50-live", 212);
    const RunId killed = store.create_run("hybrid-25-b", recipe_to_json(sample_recipe("hybrid-25-b")).dump());
    store.claim(killed, {.pid = 999999999});
    finish_sample(store, sample_run(store, "tiny-demo", 300), "completed", RunFinished{300, "/runs/5/final"});
}

}  // namespace molt::testing
