// The tensors that a configuration asks for: names and shapes in the training layout (Hugging Face names).
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/model/param_set.h"
#include "core/spec/model_config.h"

namespace molt {

using TensorShapes = std::map<std::string, std::vector<std::int64_t>>;

/// What the tensors around the mixers are called: the Hugging Face names of the model's family.
struct TensorNames {
    std::string embedding, final_norm;
    std::string layers;      ///< followed by the layer's index and a dot
    std::string mixer_norm;  ///< within a layer
};
const TensorNames& tensor_names(const ModelConfig& config);
/// "model.layers.3." or, in pure models, "backbone.layers.3.".
std::string layer_prefix(const ModelConfig& config, std::int64_t layer);

/// Every tensor of a model with this (valid) configuration. Tied models have no lm_head.weight.
TensorShapes expected_tensors(const ModelConfig& config);
/// The tensors of one layer's mixer, with its layer_prefix.
TensorShapes expected_mixer_tensors(const ModelConfig& config, std::int64_t layer, MixerKind kind);

/// Throws Error(BadFile) naming the first tensor that is missing, superfluous or of another shape, expected and found
/// shape, and what `origin_of` answers to its name: the file that holds it, or should.
void check_tensors(const ModelConfig& config, const ParamSet& params,
                   const std::function<std::string(const std::string& tensor)>& origin_of);
void check_tensors(const ModelConfig& config, const ParamSet& params, const std::string& origin);

}  // namespace molt
