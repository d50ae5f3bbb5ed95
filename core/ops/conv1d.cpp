// Causal depthwise convolution over time as a sum of shifted products.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/conv1d.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/zeros.h>

namespace molt::ops {

at::Tensor causal_conv1d(const at::Tensor& x_BTC, const at::Tensor& weight_CW, const at::Tensor& bias_C, bool silu,
                         const at::Tensor& history_BWC, const at::Tensor& segment_BT) {
    const std::int64_t B = x_BTC.size(0), T = x_BTC.size(1), C = x_BTC.size(2), W = weight_CW.size(1);
    const at::Tensor before = history_BWC.defined() ? history_BWC : at::zeros({B, W - 1, C}, x_BTC.options());
    const at::Tensor padded = at::cat({before, x_BTC}, 1);
    at::Tensor segments;
    if (segment_BT.defined()) segments = at::cat({segment_BT.narrow(1, 0, 1).expand({B, W - 1}), segment_BT}, 1);
    at::Tensor y_BTC;
    for (std::int64_t k = 0; k < W; ++k) {
        at::Tensor tap = padded.narrow(1, k, T) * weight_CW.select(1, k);
        if (segment_BT.defined()) tap = tap * (segments.narrow(1, k, T) == segment_BT).unsqueeze(-1);
        y_BTC = k == 0 ? tap : y_BTC + tap;
    }
    if (bias_C.defined()) y_BTC = y_BTC + bias_C;
    return silu ? at::silu(y_BTC) : y_BTC;
}

}  // namespace molt::ops
