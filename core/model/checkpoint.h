// Model folders and files in and out: Hugging Face folders, official MambaInLlama hybrids, state-spaces, llama2.c
// files. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/model/hybrid_model.h"
#include "core/model/param_set.h"
#include "core/spec/model_config.h"

namespace molt {

struct LoadOptions {
    /// auto: as stored, half precision widened to float32 on the CPU; stored; or float32 | float64 | bfloat16 |
    /// float16.
    std::string dtype = "auto";
    /// For work that looks at every tensor once (conversion): what has been checked does not stay in memory.
    bool streaming = false;
    std::function<void(std::int64_t done_bytes, std::int64_t total_bytes)> progress = {};  ///< after each tensor
};

struct Checkpoint {
    ModelConfig config;
    ParamSet params;
    std::string layout;  ///< llama2.c | hf | mamba-in-llama | mamba-in-llama-inference | state-spaces | molt
    std::string kind;    ///< transformer | hybrid | pure
    json provenance;     ///< molt.json, or null
    std::vector<std::shared_ptr<const MappedFile>> maps = {};  ///< the files whose memory `params` may be views of
    /// Recognises what `model` is from its files; maps them, checks every shape and every value. Tensors that keep
    /// their dtype are views of the files; pages of those that are cast are given back at once. Throws Error(NotFound),
    /// Error(BadFile) naming file, tensor, expected and found.
    static Checkpoint load(const std::filesystem::path& model, const LoadOptions& options);
    static Checkpoint load(const std::filesystem::path& model, const std::string& dtype = "auto") {
        return load(model, LoadOptions{dtype, false, {}});
    }
    /// Only the configuration, layout and kind; params stay empty.
    static Checkpoint load_header(const std::filesystem::path& model);
    /// Takes the pages of the mapped files out of this process's memory; they are read again when touched.
    void release_pages() const;
    /// Writes config.json, the weights (shards from 5 GiB on), generation_config.json, for hybrids mamba_config.json,
    /// molt.json into an existing (partial) folder: use inside publish_folder. `advance` is told the bytes
    /// of weights when a tensor has been written.
    static void write_files(const std::filesystem::path& folder, const ModelConfig& config, const ParamSet& params,
                            const json& provenance,
                            const std::function<void(std::int64_t done, std::int64_t total)>& advance = {});
};

/// The base model that a hybrid's provenance names ("teacher", else "parent"), empty if none: config.json's
/// _name_or_path.
std::string base_model(const json& provenance);

/// Where the tokenizer of a model is: `explicit_path` if given, the folder itself, or for a llama2.c file the tok*.bin
/// / tokenizer.bin / tokenizer.model beside it. Throws Error(NotFound) with the hint --tokenizer.
std::filesystem::path find_tokenizer(const std::filesystem::path& model, const std::filesystem::path& explicit_path);

}  // namespace molt
