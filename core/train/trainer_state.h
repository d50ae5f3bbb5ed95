// Checkpoints on disk: trainer.safetensors and trainer.json beside the model's files, verified by checksum when read.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/train/stage.h"

namespace molt {

/// RUN/checkpoints/step-NNNNNNNN.
std::filesystem::path checkpoint_path(const std::filesystem::path& run_folder, std::int64_t step);
/// The step in the name of a checkpoint's folder.
std::int64_t checkpoint_step(const std::filesystem::path& checkpoint);
/// Whole checkpoints of a run, oldest first; unfinished folders of a killed process are not listed.
std::vector<std::filesystem::path> list_checkpoints(const std::filesystem::path& run_folder);
/// The last whole checkpoint: where `molt runs resume` goes on.
std::optional<std::filesystem::path> newest_checkpoint(const std::filesystem::path& run_folder);
/// Deletes the oldest checkpoints until `keep` are left, and what killed processes left half-written; 0 keeps all.
void prune_checkpoints(const std::filesystem::path& run_folder, std::int64_t keep);
std::int64_t folder_bytes(const std::filesystem::path& folder);

/// Adds trainer.safetensors and trainer.json (values, and size and checksum of every file) to a partial folder that
/// holds the model's files already. Throws Error(WriteFailed).
void write_trainer_state(const std::filesystem::path& folder, const StateArchive& archive);
/// Stage that a checkpoint belongs to, from 0. Throws Error(NotFound), Error(BadFile).
std::int64_t checkpoint_stage(const std::filesystem::path& folder);
/// Verifies every file of the checkpoint. Throws Error(NotFound); Error(BadFile) naming the file that is damaged.
StateArchive read_trainer_state(const std::filesystem::path& folder);

/// FNV-1a, 64 bits, of a file's bytes, as 16 hexadecimal digits.
std::string file_checksum(const std::filesystem::path& path);

}  // namespace molt
