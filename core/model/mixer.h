// Mixer: what moves information between tokens (attention, Mamba-1, Mamba-2), and its memory. The heart of the hybrid.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/model/param_set.h"
#include "core/spec/model_config.h"

namespace molt {

/// Memory of one mixer for B sequences. Tokens of the last forward() are tentative until accept(); refused ones leave
/// no trace. Recurrent mixers keep one checkpoint state plus the inputs of the pending window, never a state per token.
class MixerState {
public:
    virtual ~MixerState() = default;
    /// Keeps the first kept_B[b] tokens (0..T) of the last window of row b. Without a pending window: MOLT_ASSERT.
    virtual void accept(std::span<const std::int64_t> kept_B) = 0;
    virtual std::unique_ptr<MixerState> clone() const = 0;
    virtual std::int64_t bytes() const = 0;
    /// The recurrent state after the accepted tokens, for inspection: attention {k, v} (B,K,S,E); Mamba {conv (B,C,W):
    /// the last W raw inputs, newest last; ssm: (B,H,P,N), Mamba-1 of hybrids (B, d_inner/16, 16, 16), of pure models
    /// (B, d_inner, N)}.
    virtual std::vector<std::pair<std::string, at::Tensor>> tensors() const = 0;
};

class Mixer {
public:
    virtual ~Mixer() = default;
    virtual MixerKind kind() const = 0;
    virtual std::unique_ptr<MixerState> new_state(std::int64_t batch) const = 0;
    /// What the output projection sees: (B,T,D) -> (B,T,d_inner). Arguments as for forward().
    virtual at::Tensor features(const at::Tensor& x_BTD, const at::Tensor& segment_BT, MixerState* state) const = 0;
    /// features() (B,T,d_inner) -> (B,T,D).
    virtual at::Tensor project(const at::Tensor& features_BTC) const = 0;
    /// (B,T,D) -> (B,T,D). state == nullptr: whole rows from zero (training), with gradients; segment_BT (may be
    /// undefined) restarts memory where it changes. With a state: the window goes on after the accepted tokens, no
    /// gradients, segment_BT must be undefined; a window that is still pending counts as accepted whole.
    at::Tensor forward(const at::Tensor& x_BTD, const at::Tensor& segment_BT, MixerState* state) const {
        return project(features(x_BTD, segment_BT, state));
    }
};

/// `prefix` is the layer's (tensor_list.h); the mixer reads prefix + "self_attn....", "mamba...." or, in pure models,
/// "mixer....". Tensors are looked up once, handles are kept: a later in-place update of a parameter is seen. Throws
/// Error(BadFile) for a missing tensor or wrong shape (expected and found are named).
std::unique_ptr<Mixer> make_mixer(MixerKind kind, const ModelConfig& config, const ParamSet& params,
                                  const std::string& prefix);

}  // namespace molt
