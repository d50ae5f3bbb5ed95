// What the files of `molt runs` share: its options, and how a verb is declared.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/molt/options.h"
#include "core/store/experiment_store.h"

namespace molt::app {

struct RunsOptions {
    CommonOptions common;
    RunId id = 0;
    std::string key, text, tag, path;
    std::vector<std::string> words;
    std::int64_t step = -1;
    bool csv = false, discard = false, detach = false, files = false, take_away = false, overwrite = false;
};

struct RunsVerb {
    std::string name, help;
    std::function<int(RunsOptions&)> run;
};
/// Declares a verb that takes the number of a run.
CLI::App* add_runs_verb(CLI::App& runs, Program& program, const std::shared_ptr<RunsOptions>& options,
                        const RunsVerb& verb);
/// Throws Error(NotFound).
RunRow row_of(const ExperimentStore& store, RunId id);

/// stop, hold, continue, release, checkpoint, evaluate, resume.
void add_runs_control(CLI::App& runs, Program& program, const std::shared_ptr<RunsOptions>& options);
/// note, tag, delete, clone, fork, export, import.
void add_runs_edit(CLI::App& runs, Program& program, const std::shared_ptr<RunsOptions>& options);

}  // namespace molt::app
