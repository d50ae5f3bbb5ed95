// The random parts of new Mamba layers, drawn from the laws of the official code.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/spec/model_config.h"

namespace molt {

/// A fresh float32 tensor `name` ("model.layers.3.mamba.dt_bias") of `shape`. Linear layers: U(-1/sqrt(fan_in),
/// 1/sqrt(fan_in)) with the official exceptions; dt bias: inverse softplus of exp(U(ln 1e-3, ln 0.1)); A_log: log(1..N)
/// (Mamba-1) or log U(1, 16) (Mamba-2); D and norm: ones. Source: algorithm.md 1.2, 1.5.
/// The numbers depend on seed and name alone, not on the order of calls or on other layers.
at::Tensor draw_mixer_tensor(const ModelConfig& config, const std::string& name, const std::vector<std::int64_t>& shape,
                             std::uint64_t seed);

}  // namespace molt
