// mamba_config.json of the official MambaInLlama hybrids: ten keys, the kind of layer only visible in the tensor names.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/json.h"
#include "core/model/tensor_list.h"
#include "core/spec/model_config.h"

namespace molt {

/// Sets the layer plan (from attn_layers and the names in `tensors`) and the Mamba sizes. Missing optional keys take
/// the official defaults; constructor arguments that change the result and are not supported are refused by name.
/// Throws Error(BadFile).
void read_mamba_config(const json& mamba, const TensorShapes& tensors, const std::string& origin, ModelConfig* config);

/// Exactly the ten official keys (algorithm.md 1.9).
json write_mamba_config(const ModelConfig& config);

}  // namespace molt
