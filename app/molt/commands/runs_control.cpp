// molt runs, the verbs that a worker hears: a wish is written into the row, resume starts a process.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <iostream>

#include "app/molt/commands/runs.h"
#include "app/molt/launch.h"
#include "core/base/error.h"
#include "core/base/text.h"

namespace molt::app {

namespace {

/// A wish that only a living worker can carry out.
int request(RunsOptions& options, const std::string& wanted) {
    ExperimentStore store(database_path(options.common));
    const RunRow row = row_of(store, options.id);
    const std::string state = shown_state(row);
    if (!is_alive(row) && state != "queued")
        fail(ErrorCode::Usage, join("Run ", options.id, " is ", state, "; nobody works on it."),
             join("molt runs resume ", options.id, " goes on with it."));
    if (!store.request(options.id, wanted)) {
        fail(ErrorCode::Busy,
             join("Run ", options.id, " has been asked for \"", store.wanted(options.id), "\" already."),
             join("Try again when that is done; molt runs show ", options.id, " tells how it stands."));
    }
    if (options.common.json) print_json({{"id", options.id}, {"requested", wanted}});
    return 0;
}

/// Puts a run that ended early back into the queue; false if a process takes care of it already.
bool queue_again(ExperimentStore& store, RunId id) {
    const RunRow row = row_of(store, id);
    if (is_waiting(row)) return false;
    const std::string state = shown_state(row);
    if (state == "queued" || store.requeue(id)) return true;
    fail(state == "completed" ? ErrorCode::Usage : ErrorCode::Busy,
         join("Run ", id, " is ", state, " and cannot be resumed."),
         join("molt runs show ", id, " tells how it stands."));
}

int resume(RunsOptions& options) {
    const std::filesystem::path database = database_path(options.common);
    bool worker = options.detach;
    {
        ExperimentStore store(database);
        const RunRow row = row_of(store, options.id);
        if (is_alive(row) && shown_state(row) == "held") return request(options, "run");
        worker = worker && queue_again(store, options.id);
    }
    if (!options.detach)
        return run_attached(database, options.id, {.json = options.common.json, .quiet = options.common.quiet});
    if (worker) start_detached(database, options.id);
    if (options.common.json)
        print_json({{"id", options.id}});
    else
        std::cout << options.id << "\n";
    return 0;
}

}  // namespace

void add_runs_control(CLI::App& runs, Program& program, const std::shared_ptr<RunsOptions>& options) {
    const auto add = [&](const char* name, const char* help, std::function<int(RunsOptions&)> run) {
        return add_runs_verb(runs, program, options, {name, help, std::move(run)});
    };
    CLI::App* stop = add("stop", "Write a checkpoint and stop",
                         [](RunsOptions& o) { return request(o, o.discard ? "stop_discard" : "stop_save"); });
    stop->add_flag("--discard", options->discard, "Do not write a checkpoint first");
    add("hold", "Wait between two steps, in memory", [](RunsOptions& o) { return request(o, "hold"); });
    add("continue", "Go on after hold", [](RunsOptions& o) { return request(o, "run"); });
    add("release", "Write a checkpoint and free the memory; resume goes on",
        [](RunsOptions& o) { return request(o, "release"); });
    add("checkpoint", "Write a checkpoint now", [](RunsOptions& o) { return request(o, "save_now"); });
    add("evaluate", "Evaluate now", [](RunsOptions& o) { return request(o, "eval_now"); });
    CLI::App* again = add("resume", "Go on exactly from the last checkpoint", resume);
    again->add_flag("--detach", options->detach, "In a worker of its own");
}

}  // namespace molt::app
