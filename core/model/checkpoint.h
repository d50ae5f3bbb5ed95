// Model folders and files in and out: Hugging Face Llama folders, official MambaInLlama hybrids, llama2.c files.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/base/json.h"
#include "core/model/hybrid_model.h"
#include "core/model/param_set.h"
#include "core/spec/model_config.h"

namespace molt {

struct Checkpoint {
    ModelConfig config;
    ParamSet params;
    std::string layout;  ///< llama2.c | hf | mamba-in-llama | mamba-in-llama-inference | molt
    std::string kind;    ///< transformer | hybrid | pure
    json provenance;     ///< molt.json, or null
    /// Recognises what `model` is from its files; maps, checks every shape and (unless check_finite is false) every
    /// value.
    ///   dtype  "auto": as stored, half precision widened to float32 on the CPU; or float32 | float64 | bfloat16
    /// Throws Error(NotFound), Error(BadFile) naming file, tensor, expected and found.
    static Checkpoint load(const std::filesystem::path& model, const std::string& dtype = "auto");
    /// Only the configuration, layout and kind; params stay empty.
    static Checkpoint load_header(const std::filesystem::path& model);
    /// Writes config.json, model.safetensors, generation_config.json, for hybrids mamba_config.json, molt.json into an
    /// existing (partial) folder: use inside publish_folder.
    static void write_files(const std::filesystem::path& folder, const ModelConfig& config, const ParamSet& params,
                            const json& provenance);
};

/// The base model that a hybrid's provenance names ("teacher", else "parent"), empty if none: config.json's
/// _name_or_path.
std::string base_model(const json& provenance);

/// Where the tokenizer of a model is: `explicit_path` if given, the folder itself, or for a llama2.c file the tok*.bin
/// / tokenizer.bin / tokenizer.model beside it. Throws Error(NotFound) with the hint --tokenizer.
std::filesystem::path find_tokenizer(const std::filesystem::path& model, const std::filesystem::path& explicit_path);

}  // namespace molt
