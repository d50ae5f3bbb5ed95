// config.json of pure Mamba and Mamba-2 models: Hugging Face (MambaForCausalLM, Mamba2ForCausalLM) and state-spaces.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/json.h"
#include "core/spec/model_config.h"

namespace molt {

/// True for the model types mamba and mamba2.
bool is_pure_config(const json& config);
/// True if this is no Hugging Face file but one of state-spaces/mamba (d_model and n_layer, no model_type).
bool is_state_spaces_config(const json& config);

/// Sizes and layer plan; end marks, vocabulary and element type as in every Hugging Face file (hf_config.h). A setting
/// that would change the result and is not supported is refused by name. Throws Error(BadFile).
ModelConfig read_pure_config(const json& config, const std::string& origin);
/// The vocabulary is the padded one, as the weights have it; begin and end mark are GPT-NeoX's (0), which the published
/// models use. Throws Error(BadFile).
ModelConfig read_state_spaces_config(const json& config, const std::string& origin);

/// The whole config.json for MambaForCausalLM or Mamba2ForCausalLM.
json write_pure_config(const ModelConfig& config);

}  // namespace molt
