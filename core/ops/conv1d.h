// Causal depthwise convolution over time with optional SiLU, document resets and history: the conv of Mamba layers.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

namespace molt::ops {

/// y_t[c] = act(bias[c] + sum_k weight[c,k] * x_{t-(W-1)+k}[c]).
///   x_BTC; weight_CW (the checkpoint's (C,1,W) viewed as (C,W)); bias_C or undefined
///   history_BWC  optional: the W-1 raw inputs before x, oldest first (B,W-1,C); undefined = zeros
///   segment_BT   optional int64: taps of another document than the token's own count as zero; history belongs to the
///                document of the first token of each row
/// Differentiable in x, weight, bias (history is data). Memory linear in T.
at::Tensor causal_conv1d(const at::Tensor& x_BTC, const at::Tensor& weight_CW, const at::Tensor& bias_C, bool silu,
                         const at::Tensor& history_BWC = {}, const at::Tensor& segment_BT = {});

}  // namespace molt::ops
