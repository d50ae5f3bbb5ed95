// Runs made from other runs: forks that go on from a checkpoint, and self-contained folders out and in.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/spec/run_config.h"
#include "core/store/experiment_store.h"

namespace molt::app {

/// A queued run with `config` that will go on from the parent's checkpoint of `step` (negative: its newest), with the
/// parent's curves up to there. Throws Error(NotFound) naming the checkpoints that there are, Error(WriteFailed).
RunId fork_run(ExperimentStore& store, const RunRow& parent, const RunConfig& config, std::int64_t step);

/// Writes run.json, events.jsonl and files/ (checkpoints, final model, logs). The folder appears whole or not at all.
/// Throws Error(Busy) while the run is worked on; Error(Usage) if `target` exists and not `overwrite`.
void export_run(const ExperimentStore& store, const RunRow& run, const std::filesystem::path& target, bool overwrite);

/// A run of its own number from a folder that export_run wrote. Throws Error(NotFound), Error(BadFile),
/// Error(BadConfig), Error(WriteFailed); then nothing is left.
RunId import_run(ExperimentStore& store, const std::filesystem::path& source);

}  // namespace molt::app
