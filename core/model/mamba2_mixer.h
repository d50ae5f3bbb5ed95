// Mamba-2 layer of hybrids and of pure models: fused projection, convolution on [x|B|C], SSD, gated group norm.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/model/mixer.h"
#include "core/model/recurrent_state.h"

namespace molt {

/// Source: algorithm.md 1.5, 1.6; pure models: mamba_ssm/modules/mamba2.py, gated norm per group. Shapes: H heads of P
/// channels and N state entries, K key/value heads.
class Mamba2Mixer : public Mixer {
public:
    /// Reads `prefix` + {in_proj, conv1d, norm, out_proj, dt_bias, A_log, D}; prefix ends in "mamba." or
    /// "mixer.".
    Mamba2Mixer(const ModelConfig& config, const ParamSet& params, const std::string& prefix);

    MixerKind kind() const override { return MixerKind::Mamba2; }
    std::unique_ptr<MixerState> new_state(std::int64_t batch) const override;
    at::Tensor features(const at::Tensor& x_BTD, const at::Tensor& segment_BT, MixerState* state) const override;
    at::Tensor project(const at::Tensor& features_BTC) const override;

private:
    struct Pieces;
    Pieces split(const at::Tensor& x_BTD) const;

    Mamba2Config config_;
    double norm_eps_;
    at::Tensor in_weight_, conv_weight_C1W_, conv_bias_C_, norm_weight_, out_weight_, dt_bias_H_, A_log_H_, D_H_;
};

}  // namespace molt
