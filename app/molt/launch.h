// Starting runs: attached in this process, or as a detached worker that outlives it.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "app/molt/options.h"
#include "core/store/experiment_store.h"

namespace molt::app {

/// Starts `molt run --db FILE --id N` in a session of its own; its output goes to worker.N.log in the run's folder.
/// Throws Error(Internal) if the process cannot be made.
void start_detached(const std::filesystem::path& database, RunId id);

struct Attached {
    bool print_events = false, json = false, quiet = false;
    bool created = false;  ///< the run was made for this call: a busy device removes it again
};
/// Works on the run here with a progress line, from its last checkpoint if it ended early; prints the path of the final
/// model. Returns the exit status. Throws Error(Busy): the run is worked on already, or its device is busy.
int run_attached(const std::filesystem::path& database, RunId id, const Attached& how);

}  // namespace molt::app
