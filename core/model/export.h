// Model folders for other programs: layouts, element type, shards, and what can not be expressed.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/model/checkpoint.h"

namespace molt {

struct ExportOptions {
    /// hf | mamba-in-llama | mamba-in-llama-inference | falcon-h1 | granite-hybrid | state-spaces (cli.md 2,
    /// export.md).
    std::string layout = "hf";
    std::string dtype = "stored";                      ///< stored | float32 | bfloat16 | float16
    std::int64_t shard_bytes = std::int64_t{5} << 30;  ///< weights beyond this go to several files with an index
    std::int64_t max_context = 0;                      ///< falcon-h1, granite-hybrid: stock_layouts.h
    std::string base;    ///< config.json's _name_or_path where the provenance names no teacher
    json generation;     ///< the model's own generation_config.json, or null
    std::string title;   ///< of the model card
    std::string origin;  ///< the model's path, for messages and its licence
    std::function<void(std::int64_t done, std::int64_t all)> advance;  ///< bytes of weights written so far
};

struct Exported {
    std::string architecture;          ///< the class or program that loads it
    std::string minimum_transformers;  ///< first version that it was checked with; empty: it does not load this layout
    std::string note;                  ///< what whoever loads it should know
    std::string dtype;                 ///< of the embedding
    std::vector<std::string> files;    ///< the weights
    std::int64_t parameters = 0, tensor_bytes = 0;
};

/// The layouts that export_model() knows.
std::vector<std::string> export_layouts();

/// Writes config.json, the weights, generation_config.json, a model card, and whatever else the layout has, into an
/// existing (partial) folder: use inside publish_folder; tokenizer files are the caller's. `model` may be one of
/// Checkpoint::load_header: one tensor after another is read, checked, cast and let go of. Throws Error(Mismatch) with
/// the reason if the layout cannot express the model, Error(Usage) for an unknown layout, Error(BadFile) for
/// weights that are not finite.
Exported export_model(const Checkpoint& model, const ExportOptions& options, const std::filesystem::path& folder);

}  // namespace molt
