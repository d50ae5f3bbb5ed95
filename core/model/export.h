// Model folders for other programs: layouts, element type, shards, and what can not be expressed.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/model/checkpoint.h"

namespace molt {

struct ExportOptions {
    /// hf | mamba-in-llama | mamba-in-llama-inference | falcon-h1 | granite-hybrid (cli.md 2, export.md).
    std::string layout = "hf";
    std::string dtype = "stored";                      ///< stored | float32 | bfloat16 | float16
    std::int64_t shard_bytes = std::int64_t{5} << 30;  ///< weights beyond this go to several files with an index
};

/// Writes config.json, the weights, generation_config.json and a model card into an existing (partial) folder: use
/// inside publish_folder; tokenizer files are the caller's. At most one shard is held in memory. Throws Error(Mismatch)
/// with the reason if the layout cannot express the model, Error(Usage) for an unknown layout.
void export_model(const Checkpoint& model, const ExportOptions& options, const std::filesystem::path& folder);

}  // namespace molt
