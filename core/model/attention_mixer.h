// Attention layer: projections, rotary embedding, grouped-query attention, key/value memory that grows in blocks.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/model/mixer.h"

namespace molt {

/// Keys (after RoPE) and values of the accepted tokens and of the pending window. Slot s of a row holds position s;
/// refused slots are overwritten by the next window.
class AttentionState : public MixerState {
public:
    /// kv_shape: {K, E}.
    AttentionState(std::int64_t batch, std::int64_t num_kv_heads, std::int64_t head_dim,
                   const at::TensorOptions& options);

    /// Positions (B,T) of the next window of `tokens` tokens; a pending window counts as accepted.
    at::Tensor begin_window(std::int64_t tokens);
    /// Stores the window's keys and values (B,T,K,E) behind the accepted ones.
    void end_window(const at::Tensor& k_BTKE, const at::Tensor& v_BTKE);
    /// Filled slots (B,S,K,E), the pending window included, and their positions (B,S), -1 in empty slots.
    at::Tensor keys() const { return k_BSKE_.narrow(1, 0, used()); }
    at::Tensor values() const { return v_BSKE_.narrow(1, 0, used()); }
    at::Tensor key_positions() const;

    void accept(std::span<const std::int64_t> kept_B) override;
    std::unique_ptr<MixerState> clone() const override;
    std::int64_t bytes() const override;
    std::vector<std::pair<std::string, at::Tensor>> tensors() const override;

private:
    std::int64_t used() const;
    void reserve(std::int64_t slots);

    at::Tensor k_BSKE_, v_BSKE_;
    std::vector<std::int64_t> length_B_;
    std::int64_t pending_ = 0;
};

class AttentionMixer : public Mixer {
public:
    /// Reads `prefix` + {q_proj, k_proj, v_proj, o_proj}, biases and q_norm/k_norm where the configuration has them;
    /// prefix ends in "self_attn.".
    AttentionMixer(const ModelConfig& config, const ParamSet& params, const std::string& prefix);

    MixerKind kind() const override { return MixerKind::Attention; }
    std::unique_ptr<MixerState> new_state(std::int64_t batch) const override;
    at::Tensor features(const at::Tensor& x_BTD, const at::Tensor& segment_BT, MixerState* state) const override;
    at::Tensor project(const at::Tensor& features_BTC) const override;

private:
    struct Projection {
        at::Tensor weight, bias;
    };
    at::Tensor heads(const at::Tensor& x_BTD, const Projection& projection, const at::Tensor& norm) const;

    AttentionConfig config_;
    double norm_eps_ = 1e-5;
    Projection q_, k_, v_, o_;
    at::Tensor q_norm_, k_norm_, frequency_;
};

}  // namespace molt
