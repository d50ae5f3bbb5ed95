// RunHost: one attempt at a run, attached or detached: claim, lease, heartbeat, wishes, pipeline, final state.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "core/base/error.h"
#include "core/spec/run_event.h"
#include "core/store/experiment_store.h"

namespace molt::app {

enum class RunEnd { Completed, Stopped, Released, Failed, NotClaimed, DeviceBusy };

struct HostOptions {
    RunEventSink* extra = nullptr;  ///< gets every event too, before it is stored
    bool requeue = false;           ///< a run that ended early goes on from its last checkpoint
    bool wait = false;              ///< waits in the queue while the device is busy
};

struct RunOutcome {
    RunEnd end = RunEnd::Completed;
    std::filesystem::path model;  ///< of a completed run
    std::int64_t step = 0;
    bool by_signal = false;  ///< SIGINT or SIGTERM asked for the stop
    Failure failure;         ///< of a failed run, or who holds the busy device
};

/// Works on run `id` in this process until it ends. SIGINT and SIGTERM save and stop (a waiting run is stopped at
/// once); a second one ends the process at once. Never throws for what the run does wrong: the failure is stored and
/// returned. A busy device leaves the run as it was. Throws Error(NotFound) for an unknown run, Error(Database).
RunOutcome host_run(const std::filesystem::path& database, RunId id, const HostOptions& options);

}  // namespace molt::app
