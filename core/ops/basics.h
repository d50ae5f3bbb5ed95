// Elementwise building blocks with gradients: RMS norm, gated RMS norm, SwiGLU, softplus, rotary
// embedding.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Shapes: B batch, T tokens, D hidden, H heads, E head size, F intermediate. Any floating dtype; math in at least fp32.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/spec/model_config.h"

namespace molt::ops {

/// x / sqrt(mean(x^2) + eps) * weight over the last dimension. Differentiable in x and weight.
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

/// g = y * SiLU(z), then RMS norm per group of `group_size` channels, times weight (gate first, norm after).
///   y_BTC, z_BTC  (B,T,C); weight_C (C). Source: algorithm.md 1.6 (RMSNormGated, norm_before_gate = False).
at::Tensor gated_rms_norm(const at::Tensor& y_BTC, const at::Tensor& z_BTC, const at::Tensor& weight_C,
                          std::int64_t group_size, double eps);

/// SiLU(gate) * up.
at::Tensor swiglu(const at::Tensor& gate_BTF, const at::Tensor& up_BTF);

/// ln(1 + e^x), x itself above 20: LibTorch's. Up to 16 rows without gradient are padded to whole vectors, row by row,
/// since LibTorch takes other functions for the elements behind the last: a window gives the bits of its tokens.
at::Tensor softplus(const at::Tensor& x);

/// Inverse frequencies (E/2) in float64, scaling applied. Source: Hugging Face modeling_rope_utils (default, linear,
/// llama3).
at::Tensor rope_frequencies(const RopeConfig& rope, std::int64_t head_dim);

/// Rotates pairs (e, e + E/2) of x by position * frequency (rotate_half convention).
///   x_BTHE; position_BT int64; frequency_E2 from rope_frequencies. Angles are computed in float64, then cast.
at::Tensor rope(const at::Tensor& x_BTHE, const at::Tensor& position_BT, const at::Tensor& frequency_E2);

}  // namespace molt::ops
