// Mamba-1 hybrid layer, one path for whole rows (training) and windows that go on from a state.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/mamba1_mixer.h"

#include <ATen/core/grad_mode.h>
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

at::Tensor at_least_float(const at::Tensor& value) {
    return value.scalar_type() == at::kDouble ? value : value.to(at::kFloat);
}

}  // namespace

Mamba1Mixer::Mamba1Mixer(const ModelConfig& config, const ParamSet& params, const std::string& prefix)
    : config_(config.mamba1) {
    const auto& c = config_;
    read_projections(config, params, prefix);
    const std::int64_t channels = c.repeat_kv_before_conv ? c.d_inner : c.d_xb;
    conv_weight_C1W_ = require_weight(params, prefix + "conv1d.weight", {channels, 1, c.d_conv});
    if (c.conv_bias) conv_bias_C_ = require_weight(params, prefix + "conv1d.bias", {channels});
    A_log_CN_ = require_weight(params, prefix + "A_log", {c.d_inner, c.d_state});
    D_C_ = require_weight(params, prefix + "D", {c.d_inner});
}

void Mamba1Mixer::read_projections(const ModelConfig& config, const ParamSet& params, const std::string& prefix) {
    const auto& c = config_;
    const std::int64_t hidden = config.hidden_size;
    x_weight_ = require_weight(params, prefix + "in_proj_x.weight", {c.d_xb, hidden});
    z_weight_ = require_weight(params, prefix + "in_proj_z.weight", {c.d_inner, hidden});
    B_weight_ = require_weight(params, prefix + "B_proj.weight", {c.d_xb, hidden});
    C_weight_ = require_weight(params, prefix + "C_proj.weight", {c.d_inner, hidden});
    down_weight_ = require_weight(params, prefix + "dt_proj_down.weight", {c.dt_rank, hidden});
    dt_weight_ = require_weight(params, prefix + "dt_proj.weight", {c.d_inner, c.dt_rank});
    dt_bias_C_ = require_weight(params, prefix + "dt_proj.bias", {c.d_inner});
    out_weight_ = require_weight(params, prefix + "out_proj.weight", {hidden, c.d_inner});
}

std::unique_ptr<MixerState> Mamba1Mixer::new_state(std::int64_t batch) const {
    const std::int64_t n = config_.d_state;
    RecurrentState::Shape shape{
        MixerKind::Mamba1, config_.d_conv, conv_weight_C1W_.size(0), {config_.d_inner, n}, {config_.d_inner / n, n, n}};
    return std::make_unique<RecurrentState>(std::move(shape), batch, x_weight_.options().requires_grad(std::nullopt));
}

at::Tensor Mamba1Mixer::step_size(const at::Tensor& x_BTD) const {
    const at::Tensor raw = ops::linear(ops::linear(x_BTD, down_weight_), dt_weight_, dt_bias_C_);
    // The bias a second time: the official layer passes it to the scan as well (algorithm.md 1.4).
    return ops::softplus(at_least_float(raw) + at_least_float(dt_bias_C_));
}

at::Tensor Mamba1Mixer::features(const at::Tensor& x_BTD, const at::Tensor& segment_BT, MixerState* state) const {
    const at::AutoGradMode gradients(state == nullptr && at::GradMode::is_enabled());
    auto* memory = static_cast<RecurrentState*>(state);
    MOLT_ASSERT(memory == nullptr || !segment_BT.defined());
    const std::int64_t n = config_.d_state;
    const auto repeat_chunks = [&](const at::Tensor& value) {
        return value.unflatten(2, {-1, n}).repeat_interleave(config_.d_inner / config_.d_xb, 2).flatten(2);
    };
    const at::Tensor projected = ops::linear(x_BTD, x_weight_);
    const at::Tensor raw_BTC = config_.repeat_kv_before_conv ? repeat_chunks(projected) : projected;
    const at::Tensor history = memory ? memory->begin_window() : at::Tensor();
    // The view is made here: one made before requires_grad_() would not pass gradients on.
    const at::Tensor mixed =
        ops::causal_conv1d(raw_BTC, conv_weight_C1W_.squeeze(1), conv_bias_C_, true, history, segment_BT);
    const at::Tensor x_BTC = config_.repeat_kv_before_conv ? mixed : repeat_chunks(mixed);
    const at::Tensor B_BTGN = ops::linear(x_BTD, B_weight_).unflatten(2, {-1, n});
    const at::Tensor C_BTGN = ops::linear(x_BTD, C_weight_).unflatten(2, {-1, n});
    const at::Tensor delta_BTC = step_size(x_BTD);
    const at::Tensor A_CN = -at_least_float(A_log_CN_).exp();
    const auto scan = ops::selective_scan(x_BTC, delta_BTC, A_CN, B_BTGN, C_BTGN, at_least_float(D_C_),
                                          memory ? memory->ssm() : at::Tensor(), segment_BT);
    if (memory) memory->end_window(raw_BTC, {x_BTC, delta_BTC, A_CN, B_BTGN}, scan.state);
    return ops::swiglu(ops::linear(x_BTD, z_weight_), scan.y.to(x_BTD.scalar_type()));
}

at::Tensor Mamba1Mixer::project(const at::Tensor& features_BTC) const { return ops::linear(features_BTC, out_weight_); }

}  // namespace molt
