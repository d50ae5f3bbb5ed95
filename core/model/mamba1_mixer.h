// Mamba-1 layer of the official hybrids: five projections, chunk-wise repeat, convolution on x, selective scan, gate.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/model/mixer.h"
#include "core/model/recurrent_state.h"

namespace molt {

/// Source: algorithm.md 1.2 to 1.4, with its quirks: heads of N = 16 channels, dt bias added twice.
class Mamba1Mixer : public Mixer {
public:
    /// Reads `prefix` + {in_proj_x, in_proj_z, B_proj, C_proj, dt_proj_down, dt_proj, conv1d, out_proj, A_log, D};
    /// prefix ends in "mamba.".
    Mamba1Mixer(const ModelConfig& config, const ParamSet& params, const std::string& prefix);

    MixerKind kind() const override { return MixerKind::Mamba1; }
    std::unique_ptr<MixerState> new_state(std::int64_t batch) const override;
    at::Tensor features(const at::Tensor& x_BTD, const at::Tensor& segment_BT, MixerState* state) const override;
    at::Tensor project(const at::Tensor& features_BTC) const override;

private:
    void read_projections(const ModelConfig& config, const ParamSet& params, const std::string& prefix);
    at::Tensor step_size(const at::Tensor& x_BTD) const;

    Mamba1Config config_;
    at::Tensor x_weight_, z_weight_, B_weight_, C_weight_, down_weight_, dt_weight_, dt_bias_C_, out_weight_;
    at::Tensor conv_weight_C1W_, conv_bias_C_, A_log_CN_, D_C_;
};

}  // namespace molt
