// Forks: the parent's checkpoint and curves become the child's past, as attempt 0.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/run_copies.h"

#include <map>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"
#include "core/spec/recipe.h"
#include "core/train/trainer_state.h"

namespace molt::app {

namespace fs = std::filesystem;

namespace {

fs::path checkpoint_of(const ExperimentStore& store, RunId run, std::int64_t step) {
    const std::vector<fs::path> all = list_checkpoints(store.run_folder(run));
    std::vector<std::string> steps;
    for (const fs::path& path : all) {
        if (checkpoint_step(path) == step) return path;
        steps.push_back(std::to_string(checkpoint_step(path)));
    }
    if (all.empty()) {
        fail(ErrorCode::NotFound, join("Run ", run, " has no checkpoint to go on from."),
             "Set checkpoint_every in its recipe, or start anew with molt runs clone.");
    }
    if (step < 0) return all.back();
    fail(ErrorCode::NotFound, join("Run ", run, " has no checkpoint of step ", step, "."),
         join("It has those of the steps ", join_list(steps, ", "), "."));
}

/// What the parent measured up to `step`, superseded attempts left out, at the times when it did.
std::vector<RunEvent> measured_until(const ExperimentStore& store, RunId run, std::int64_t step) {
    std::map<std::int64_t, StepMetrics> steps;
    for (const SeriesKey& series : store.series_keys(run)) {
        for (const SeriesPoint& point : store.series(run, series.key)) {
            if (point.step > step) continue;
            steps[point.step].step = point.step;
            steps[point.step].values.emplace_back(series.key, point.value);
        }
    }
    std::map<std::int64_t, double> times;
    store.for_each_event(run, [&](const RunEvent& event) {
        if (const auto* metrics = std::get_if<StepMetrics>(&event.body)) times[metrics->step] = event.time;
    });
    std::vector<RunEvent> events;
    for (auto& [at, metrics] : steps) events.push_back({0, times[at], std::move(metrics)});
    return events;
}

/// The checkpoint's files under their second name: they never change, and pruning one name leaves the other.
void link_files(const fs::path& from, const fs::path& to) {
    for (const auto& entry : fs::directory_iterator(from)) {
        const fs::path name = to / entry.path().filename();
        std::error_code unsupported;
        fs::create_hard_link(entry.path(), name, unsupported);
        if (unsupported) fs::copy_file(entry.path(), name);
    }
}

}  // namespace

RunId fork_run(ExperimentStore& store, const RunRow& parent, const RunConfig& config, std::int64_t step) {
    const fs::path checkpoint = checkpoint_of(store, parent.id, step);
    const RunId id = store.create_run(config.name, recipe_to_json(config).dump(), parent.id);
    try {
        const fs::path target = checkpoint_path(store.run_folder(id), checkpoint_step(checkpoint));
        fs::create_directories(target.parent_path());
        publish_folder(target, false, [&](const fs::path& partial) { link_files(checkpoint, partial); });
        std::vector<RunEvent> past = measured_until(store, parent.id, checkpoint_step(checkpoint));
        past.push_back({0, 0, CheckpointSaved{checkpoint_step(checkpoint), target.string(), folder_bytes(target)}});
        store.append(id, 0, past);
    } catch (...) {
        store.delete_run(id);
        std::error_code ignored;
        fs::remove_all(store.run_folder(id), ignored);
        throw;
    }
    return id;
}

}  // namespace molt::app
