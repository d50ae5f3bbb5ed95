// A new decoder from a ShapeConfig: configuration and freshly drawn weights.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/model/param_set.h"
#include "core/spec/model_config.h"
#include "core/spec/shape_config.h"
#include "core/text/tokenizer.h"

namespace molt {

/// Sizes with every 0 resolved, vocabulary and special tokens of the tokenizer. All layers are attention.
/// Throws Error(BadConfig) if the sizes do not fit together.
ModelConfig new_model_config(const ShapeConfig& shape, const Tokenizer& tokenizer);

/// float32 weights: N(0, 0.02), the two projections that write to the residual stream N(0, 0.02 / sqrt(2 L)), norms
/// one. The same config and seed give the same weights. Source: GPT-2 (Radford et al. 2019, section 2.3).
ParamSet draw_parameters(const ModelConfig& config, std::uint64_t seed);

}  // namespace molt
