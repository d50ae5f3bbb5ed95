// Elementwise building blocks with gradients: norms, SwiGLU and the rotary embedding.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/basics.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/sin.h>

#include <cmath>
#include <numbers>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt::ops {
namespace {

/// float64 stays, everything narrower is computed in float32.
at::Tensor widened(const at::Tensor& x) { return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat); }

/// Hugging Face's llama3 rule: long wavelengths are divided by `factor`, the middle band is interpolated.
double llama3_frequency(double frequency, const RopeConfig& rope) {
    const double context = static_cast<double>(rope.original_max_position);
    const double wavelength = 2.0 * std::numbers::pi / frequency;
    if (wavelength < context / rope.high_freq_factor) return frequency;
    if (wavelength > context / rope.low_freq_factor) return frequency / rope.factor;
    const double smooth =
        (context / wavelength - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
    return (1.0 - smooth) * frequency / rope.factor + smooth * frequency;
}

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
    const at::Tensor wide = widened(x);
    const at::Tensor scale = at::rsqrt(at::mean(wide * wide, -1, true) + eps);
    return (wide * scale).to(x.scalar_type()) * weight;
}

at::Tensor gated_rms_norm(const at::Tensor& y_BTC, const at::Tensor& z_BTC, const at::Tensor& weight_C,
                          std::int64_t group_size, double eps) {
    const at::Tensor gated = widened(y_BTC) * at::silu(widened(z_BTC));
    const at::Tensor grouped = gated.unflatten(-1, {-1, group_size});
    const at::Tensor scale = at::rsqrt(at::mean(grouped * grouped, -1, true) + eps);
    return (grouped * scale).flatten(-2).to(y_BTC.scalar_type()) * weight_C;
}

at::Tensor swiglu(const at::Tensor& gate_BTF, const at::Tensor& up_BTF) { return at::silu(gate_BTF) * up_BTF; }

at::Tensor rope_frequencies(const RopeConfig& rope, std::int64_t head_dim) {
    const at::Tensor frequency_E2 = at::empty({head_dim / 2}, at::kDouble);
    auto* out = frequency_E2.mutable_data_ptr<double>();
    for (std::int64_t i = 0; i < head_dim / 2; ++i) {
        const double frequency = std::pow(rope.theta, -2.0 * static_cast<double>(i) / static_cast<double>(head_dim));
        if (rope.scaling == "none") {
            out[i] = frequency;
        } else if (rope.scaling == "linear") {
            out[i] = frequency / rope.factor;
        } else if (rope.scaling == "llama3") {
            out[i] = llama3_frequency(frequency, rope);
        } else {
            fail(ErrorCode::BadConfig, join("unknown RoPE scaling '", rope.scaling, "'"),
                 "known scalings: none, linear, llama3");
        }
    }
    return frequency_E2;
}

at::Tensor rope(const at::Tensor& x_BTHE, const at::Tensor& position_BT, const at::Tensor& frequency_E2) {
    const at::Tensor angle_BT1E2 = (position_BT.to(at::kDouble).unsqueeze(-1) * frequency_E2).unsqueeze(2);
    const at::Tensor wide = widened(x_BTHE);
    const at::Tensor cos = at::cos(angle_BT1E2).to(wide.scalar_type());
    const at::Tensor sin = at::sin(angle_BT1E2).to(wide.scalar_type());
    const std::int64_t half = x_BTHE.size(-1) / 2;
    const at::Tensor low = wide.narrow(-1, 0, half), high = wide.narrow(-1, half, half);
    return at::cat({low * cos - high * sin, high * cos + low * sin}, -1).to(x_BTHE.scalar_type());
}

}  // namespace molt::ops
