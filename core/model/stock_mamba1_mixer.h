// Mamba-1 layer of pure models: one projection for x and z, B, C and step size from the convolved x, one group.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/model/mixer.h"
#include "core/model/recurrent_state.h"

namespace molt {

/// Source: mamba_ssm/modules/mamba_simple.py (state-spaces/mamba); MambaMixer of transformers computes the same.
class StockMamba1Mixer : public Mixer {
public:
    /// Reads `prefix` + {in_proj, conv1d, x_proj, dt_proj, A_log, D, out_proj}; prefix ends in "mixer.".
    StockMamba1Mixer(const ModelConfig& config, const ParamSet& params, const std::string& prefix);

    MixerKind kind() const override { return MixerKind::Mamba1; }
    std::unique_ptr<MixerState> new_state(std::int64_t batch) const override;
    at::Tensor features(const at::Tensor& x_BTD, const at::Tensor& segment_BT, MixerState* state) const override;
    at::Tensor project(const at::Tensor& features_BTC) const override;

private:
    Mamba1Config config_;
    at::Tensor in_weight_, x_weight_, dt_weight_, dt_bias_C_, out_weight_;
    at::Tensor conv_weight_C1W_, conv_bias_C_, A_log_CN_, D_C_;
};

}  // namespace molt
