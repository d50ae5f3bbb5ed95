// The tensors that a configuration asks for: names and shapes in the training layout (Hugging Face names).
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/model/param_set.h"
#include "core/spec/model_config.h"

namespace molt {

using TensorShapes = std::map<std::string, std::vector<std::int64_t>>;

/// Every tensor of a model with this (valid) configuration. Tied models have no lm_head.weight.
TensorShapes expected_tensors(const ModelConfig& config);
/// The tensors of one layer's mixer, with the prefix "model.layers.{layer}.".
TensorShapes expected_mixer_tensors(const ModelConfig& config, std::int64_t layer, MixerKind kind);

/// Throws Error(BadFile) naming `origin` and the first tensor that is missing, superfluous or of another shape.
void check_tensors(const ModelConfig& config, const ParamSet& params, const std::string& origin);

}  // namespace molt
