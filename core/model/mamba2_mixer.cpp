// Mamba-2 layer, one path for whole rows (training) and windows that go on from a state.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/mamba2_mixer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/repeat_interleave.h>

#include "core/base/error.h"
#include "core/model/weight.h"
#include "core/ops/basics.h"
#include "core/ops/conv1d.h"
#include "core/ops/linear.h"
#include "core/ops/ssm.h"

namespace molt {

namespace {

/// The official hybrid's gated norm has this eps whatever the model's own is.
constexpr double kGatedNormEps = 1e-5;

/// (B,T,K*E) -> (B,T,H*E): every head is written H / K times in a row.
at::Tensor repeat_heads(const at::Tensor& x_BTC, std::int64_t head_dim, std::int64_t times) {
    return x_BTC.unflatten(2, {-1, head_dim}).repeat_interleave(times, 2).flatten(2);
}

at::Tensor at_least_float(const at::Tensor& value) {
    return value.scalar_type() == at::kDouble ? value : value.to(at::kFloat);
}

}  // namespace

struct Mamba2Mixer::Pieces {
    at::Tensor z_BTC, conv_BTC, dt_BTH;
};

Mamba2Mixer::Mamba2Mixer(const ModelConfig& config, const ParamSet& params, const std::string& prefix)
    : config_(config.mamba2), norm_eps_(config.is_pure() ? config.norm_eps : kGatedNormEps) {
    const auto& c = config_;
    const std::int64_t channels = c.convolved().total();
    const std::int64_t rows = c.d_inner + c.projected().total() + c.num_heads;
    in_weight_ = require_weight(params, prefix + "in_proj.weight", {rows, config.hidden_size});
    conv_weight_C1W_ = require_weight(params, prefix + "conv1d.weight", {channels, 1, c.d_conv});
    if (c.conv_bias) conv_bias_C_ = require_weight(params, prefix + "conv1d.bias", {channels});
    norm_weight_ = require_weight(params, prefix + "norm.weight", {c.d_inner});
    out_weight_ = require_weight(params, prefix + "out_proj.weight", {config.hidden_size, c.d_inner});
    dt_bias_H_ = require_weight(params, prefix + "dt_bias", {c.num_heads});
    A_log_H_ = require_weight(params, prefix + "A_log", {c.num_heads});
    D_H_ = require_weight(params, prefix + "D", {c.num_heads});
}

std::unique_ptr<MixerState> Mamba2Mixer::new_state(std::int64_t batch) const {
    const std::vector<std::int64_t> ssm{config_.num_heads, config_.head_dim, config_.d_state};
    return std::make_unique<RecurrentState>(
        RecurrentState::Shape{MixerKind::Mamba2, config_.d_conv, conv_weight_C1W_.size(0), ssm, ssm}, batch,
        in_weight_.options().requires_grad(std::nullopt));
}

Mamba2Mixer::Pieces Mamba2Mixer::split(const at::Tensor& x_BTD) const {
    const auto& c = config_;
    const std::int64_t xbc = c.projected().total();
    const at::Tensor projected = ops::linear(x_BTD, in_weight_);
    Pieces pieces{projected.narrow(2, 0, c.d_inner), projected.narrow(2, c.d_inner, xbc),
                  projected.narrow(2, c.d_inner + xbc, c.num_heads)};
    if (c.repeat_kv_before_conv) {
        const std::int64_t times = c.d_inner / c.d_xb;
        pieces.conv_BTC = at::cat({repeat_heads(pieces.conv_BTC.narrow(2, 0, c.d_xb), c.head_dim, times),
                                   repeat_heads(pieces.conv_BTC.narrow(2, c.d_xb, c.d_xb), c.head_dim, times),
                                   pieces.conv_BTC.narrow(2, 2 * c.d_xb, c.d_inner)},
                                  2);
    }
    return pieces;
}

at::Tensor Mamba2Mixer::features(const at::Tensor& x_BTD, const at::Tensor& segment_BT, MixerState* state) const {
    const at::AutoGradMode gradients(state == nullptr && at::GradMode::is_enabled());
    auto* memory = static_cast<RecurrentState*>(state);
    MOLT_ASSERT(memory == nullptr || !segment_BT.defined());
    const Pieces pieces = split(x_BTD);
    const at::Tensor history = memory ? memory->begin_window() : at::Tensor();
    // The view is made here: one made before requires_grad_() would not pass gradients on.
    const at::Tensor mixed =
        ops::causal_conv1d(pieces.conv_BTC, conv_weight_C1W_.squeeze(1), conv_bias_C_, true, history, segment_BT);
    const Mamba2Widths width = config_.convolved();
    const at::Tensor x_BTGP = mixed.narrow(2, 0, width.x).unflatten(2, {-1, config_.head_dim});
    const at::Tensor B_BTGN = mixed.narrow(2, width.x, width.B).unflatten(2, {-1, config_.d_state});
    const at::Tensor C_BTGN = mixed.narrow(2, width.x + width.B, width.C).unflatten(2, {-1, config_.d_state});
    const at::Tensor delta_BTH = ops::softplus(at_least_float(pieces.dt_BTH) + at_least_float(dt_bias_H_));
    const at::Tensor A_H = -at_least_float(A_log_H_).exp();
    const auto scan = ops::ssd(x_BTGP, delta_BTH, A_H, B_BTGN, C_BTGN, at_least_float(D_H_),
                               memory ? memory->ssm() : at::Tensor(), segment_BT);
    if (memory) memory->end_window(pieces.conv_BTC, {x_BTGP, delta_BTH, A_H, B_BTGN}, scan.state);
    return ops::gated_rms_norm(scan.y.flatten(2), pieces.z_BTC, norm_weight_, config_.norm_group(), norm_eps_);
}

at::Tensor Mamba2Mixer::project(const at::Tensor& features_BTC) const {
    // The scan's results are float32 in half-precision models too.
    return ops::linear(features_BTC.to(out_weight_.scalar_type()), out_weight_);
}

}  // namespace molt
