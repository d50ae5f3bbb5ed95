// fork, setsid, exec for detached workers; the same RunHost for attached ones.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/launch.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "app/molt/progress_line.h"
#include "app/molt/queued_output.h"
#include "app/molt/run_host.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/platform.h"
#include "core/base/text.h"
#include "core/spec/event_sinks.h"

namespace molt::app {

namespace {

/// In the child: a session of its own, the log instead of the terminal, then the worker. Only async-signal-safe calls.
[[noreturn]] void become_worker(const char* program, const char* database, const char* id, const char* log) {
    ::setsid();
    // The second fork makes init the parent, so that nobody has to wait for the worker.
    if (::fork() > 0) ::_exit(0);
    const int null = ::open("/dev/null", O_RDONLY);
    const int out = ::open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(null, 0);
    ::dup2(out, 1);
    ::dup2(out, 2);
    ::execl(program, program, "run", "--db", database, "--id", id, static_cast<char*>(nullptr));
    ::_exit(127);
}

/// The run did not start: says who is in the way and what became of the run.
[[noreturn]] void refuse(const std::filesystem::path& database, RunId id, const Attached& how,
                         const RunOutcome& outcome) {
    ExperimentStore store(database);
    const auto row = store.run(id);
    const std::string state = row ? shown_state(*row) : "deleted";
    if (outcome.end == RunEnd::NotClaimed) {
        const bool over = state == "completed" || state == "stopped" || state == "deleted";
        fail(over ? ErrorCode::Usage : ErrorCode::Busy,
             over ? join("Run ", id, " is ", state, ".") : join("Run ", id, " is being worked on already."),
             join("molt runs show ", id, " tells how it stands."));
    }
    if (how.created) {
        const std::filesystem::path folder = store.run_folder(id);
        store.delete_run(id);
        std::filesystem::remove_all(folder);
        fail(ErrorCode::Busy, outcome.failure.message,
             "Nothing was started. Wait, stop the other run, or let this one wait in the queue with --detach.");
    }
    fail(ErrorCode::Busy, outcome.failure.message,
         join("Run ", id, " is ", state, " as before. Wait, or let it wait in the queue: molt runs resume ", id,
              " --detach"));
}

json outcome_json(RunId id, const RunOutcome& outcome, const std::string& state) {
    json out = {{"id", id}, {"state", state}, {"step", outcome.step}, {"model", nullptr}};
    if (outcome.end == RunEnd::Completed) out["model"] = outcome.model.string();
    return out;
}

}  // namespace

void start_detached(const std::filesystem::path& database, RunId id) {
    const ExperimentStore store(database);
    const auto row = store.run(id);
    if (!row) fail(ErrorCode::NotFound, join("There is no run ", id, "."), "molt runs lists them.");
    const std::filesystem::path folder = store.run_folder(id);
    std::filesystem::create_directories(folder);
    const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    const std::string number = std::to_string(id), log = (folder / join("worker.", row->attempt, ".log")).string();
    make_children_wait_asleep();
    const pid_t child = ::fork();
    if (child < 0)
        fail(ErrorCode::Internal, "The worker process could not be made.", "Check the limit of processes (ulimit -u).");
    if (child == 0) become_worker(program.c_str(), database.c_str(), number.c_str(), log.c_str());
    ::waitpid(child, nullptr, 0);
}

int run_attached(const std::filesystem::path& database, RunId id, const Attached& how) {
    RunOutcome outcome;
    {
        ProgressLine line(stderr, how.quiet || how.print_events);
        QueuedOutput output(STDOUT_FILENO);
        JsonLinesSink events(output.stream());
        RunEventSink* const extra = how.print_events ? static_cast<RunEventSink*>(&events) : &line;
        outcome = host_run(database, id, {.extra = extra, .requeue = !how.created});
    }
    if (outcome.end == RunEnd::NotClaimed || outcome.end == RunEnd::DeviceBusy) refuse(database, id, how, outcome);
    if (outcome.end == RunEnd::Failed) throw Error(outcome.failure.code, outcome.failure.message, outcome.failure.hint);
    const std::string state =
        outcome.end == RunEnd::Completed ? "completed" : (outcome.end == RunEnd::Released ? "released" : "stopped");
    if (how.json && !how.print_events) {
        print_json(outcome_json(id, outcome, state));
    } else if (!how.print_events && outcome.end == RunEnd::Completed) {
        std::cout << outcome.model.string() << "\n";
    } else if (!how.quiet) {
        std::fprintf(stderr, "run %lld %s at step %lld; go on with: molt runs resume %lld\n",
                     static_cast<long long>(id), state.c_str(), static_cast<long long>(outcome.step),
                     static_cast<long long>(id));
    }
    return outcome.by_signal ? static_cast<int>(ErrorCode::Stopped) : 0;
}

}  // namespace molt::app
