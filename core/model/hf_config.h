// config.json of Hugging Face models in both forms of the field (transformers 4.x and 5.x), read and written.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "core/base/json.h"
#include "core/spec/model_config.h"

namespace molt {

/// A JSON file that may hold the bare words Infinity, -Infinity and NaN as Python writes them (read as null).
/// Throws Error(NotFound), Error(BadFile).
json read_python_json(const std::filesystem::path& path);

/// Llama, Mistral, Qwen2, Qwen3: every layer is attention; Mamba, Mamba2: pure_config.h. Sizes of Mamba layers are
/// derived. A setting that would change the result and is not supported (activation, kind of RoPE scaling, biases of
/// the MLP, ...) is refused by name. Throws Error(BadFile).
ModelConfig read_hf_config(const json& config, const std::string& origin);
/// Takes the end marks of generation_config.json where it names some.
void read_generation_config(const json& generation, const std::string& origin, ModelConfig* config);

/// Both forms at once (pure models: pure_config.h): rope_theta/rope_scaling/torch_dtype and rope_parameters/dtype.
json write_hf_config(const ModelConfig& config);
json write_generation_config(const ModelConfig& config);

}  // namespace molt
