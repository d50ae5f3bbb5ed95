// Mamba-1 as state-spaces/mamba defines it, one path for whole rows (training) and windows that go on from a state.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/stock_mamba1_mixer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/exp.h>

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

StockMamba1Mixer::StockMamba1Mixer(const ModelConfig& config, const ParamSet& params, const std::string& prefix)
    : config_(config.mamba1) {
    const auto& c = config_;
    in_weight_ = require_weight(params, prefix + "in_proj.weight", {2 * c.d_inner, config.hidden_size});
    conv_weight_C1W_ = require_weight(params, prefix + "conv1d.weight", {c.d_inner, 1, c.d_conv});
    if (c.conv_bias) conv_bias_C_ = require_weight(params, prefix + "conv1d.bias", {c.d_inner});
    x_weight_ = require_weight(params, prefix + "x_proj.weight", {c.dt_rank + 2 * c.d_state, c.d_inner});
    dt_weight_ = require_weight(params, prefix + "dt_proj.weight", {c.d_inner, c.dt_rank});
    dt_bias_C_ = require_weight(params, prefix + "dt_proj.bias", {c.d_inner});
    A_log_CN_ = require_weight(params, prefix + "A_log", {c.d_inner, c.d_state});
    D_C_ = require_weight(params, prefix + "D", {c.d_inner});
    out_weight_ = require_weight(params, prefix + "out_proj.weight", {config.hidden_size, c.d_inner});
}

std::unique_ptr<MixerState> StockMamba1Mixer::new_state(std::int64_t batch) const {
    const std::vector<std::int64_t> ssm{config_.d_inner, config_.d_state};
    return std::make_unique<RecurrentState>(
        RecurrentState::Shape{MixerKind::Mamba1, config_.d_conv, config_.d_inner, ssm, ssm}, batch,
        in_weight_.options().requires_grad(std::nullopt));
}

at::Tensor StockMamba1Mixer::features(const at::Tensor& x_BTD, const at::Tensor& segment_BT, MixerState* state) const {
    const at::AutoGradMode gradients(state == nullptr && at::GradMode::is_enabled());
    auto* memory = static_cast<RecurrentState*>(state);
    MOLT_ASSERT(memory == nullptr || !segment_BT.defined());
    const std::int64_t inner = config_.d_inner, n = config_.d_state, rank = config_.dt_rank;
    const at::Tensor projected = ops::linear(x_BTD, in_weight_);
    const at::Tensor raw_BTC = projected.narrow(2, 0, inner), z_BTC = projected.narrow(2, inner, inner);
    const at::Tensor history = memory ? memory->begin_window() : at::Tensor();
    // The view is made here: one made before requires_grad_() would not pass gradients on.
    const at::Tensor x_BTC =
        ops::causal_conv1d(raw_BTC, conv_weight_C1W_.squeeze(1), conv_bias_C_, true, history, segment_BT);
    const at::Tensor selected = ops::linear(x_BTC, x_weight_);
    const at::Tensor B_BTGN = selected.narrow(2, rank, n).unsqueeze(2);
    const at::Tensor C_BTGN = selected.narrow(2, rank + n, n).unsqueeze(2);
    const at::Tensor raw_delta_BTC = ops::linear(selected.narrow(2, 0, rank), dt_weight_);
    const at::Tensor delta_BTC = ops::softplus(at_least_float(raw_delta_BTC) + at_least_float(dt_bias_C_));
    const at::Tensor A_CN = -at_least_float(A_log_CN_).exp();
    const auto scan = ops::selective_scan(x_BTC, delta_BTC, A_CN, B_BTGN, C_BTGN, at_least_float(D_C_),
                                          memory ? memory->ssm() : at::Tensor(), segment_BT);
    if (memory) memory->end_window(raw_BTC, {x_BTC, delta_BTC, A_CN, B_BTGN}, scan.state);
    return ops::swiglu(z_BTC, scan.y.to(x_BTD.scalar_type()));
}

at::Tensor StockMamba1Mixer::project(const at::Tensor& features_BTC) const {
    return ops::linear(features_BTC, out_weight_);
}

}  // namespace molt
