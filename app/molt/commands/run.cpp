// molt run: what a detached worker is. People use molt train.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/resource.h>
#include <unistd.h>

#include "app/molt/options.h"
#include "app/molt/queued_output.h"
#include "app/molt/run_host.h"
#include "core/base/error.h"
#include "core/spec/event_sinks.h"

namespace molt::app {

namespace {

struct Options {
    CommonOptions common;
    std::int64_t id = 0;
    bool print_events = false;
};

constexpr int kNice = 5;

int run(Options& options) {
    // The workbench and the rest of the desktop stay quick while a run takes every core.
    ::setpriority(PRIO_PROCESS, 0, kNice);
    QueuedOutput output(STDOUT_FILENO);
    JsonLinesSink events(output.stream());
    const HostOptions how{.extra = options.print_events ? &events : nullptr, .wait = true};
    const RunOutcome outcome = host_run(database_path(options.common), options.id, how);
    if (outcome.end == RunEnd::Failed) throw Error(outcome.failure.code, outcome.failure.message, outcome.failure.hint);
    return outcome.by_signal ? static_cast<int>(ErrorCode::Stopped) : 0;
}

}  // namespace

void add_run(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        program.command<Options>("run", "Work on a queued run (what a detached worker does)", options, run);
    command->add_option("--id", options->id, "Number of the run")->required();
    command->add_flag("--print-events", options->print_events, "Print every event as a JSON line");
    add_database_option(*command, options->common);
    add_output_options(*command, options->common);
}

}  // namespace molt::app
