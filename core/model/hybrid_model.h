// HybridModel: embedding -> (norm, mixer, norm, MLP) x L -> norm -> head (pure models: no MLP). One code path for
// training and decoding. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/model/mixer.h"
#include "core/model/param_set.h"
#include "core/spec/model_config.h"

namespace molt {

/// Memory of all layers for B sequences. The position of row b is the number of its accepted tokens.
class ModelState {
public:
    explicit ModelState(std::vector<std::unique_ptr<MixerState>> layers) : layers_(std::move(layers)) {}
    void accept(std::span<const std::int64_t> kept_B);
    /// Keeps all tokens of the last window of every row.
    void accept_all();
    ModelState clone() const;
    std::int64_t bytes() const;
    MixerState& layer(std::int64_t index) { return *layers_[static_cast<std::size_t>(index)]; }

private:
    friend class HybridModel;
    std::vector<std::unique_ptr<MixerState>> layers_;
    std::int64_t window_ = 0, batch_ = 0;
};

class HybridModel {
public:
    /// Checks names and shapes of every tensor. Throws Error(BadFile) naming tensor, expected and found;
    /// Error(BadConfig).
    HybridModel(ModelConfig config, ParamSet params);
    HybridModel(HybridModel&&) = default;

    const ModelConfig& config() const { return config_; }
    ParamSet& params() { return params_; }
    const ParamSet& params() const { return params_; }

    ModelState new_state(std::int64_t batch) const;
    /// Hidden states after the final norm (B,T,D). ids_BT int64. Throws Error(Mismatch) for an id out of range (names
    /// it).
    ///   segment_BT  documents of packed rows, may be undefined; state  see Mixer::forward
    ///   layer_outputs  if given, receives L + 1 tensors (B,T,D): the embedding, then the residual stream after each
    ///   layer
    at::Tensor hidden(const at::Tensor& ids_BT, const at::Tensor& segment_BT, ModelState* state,
                      std::vector<at::Tensor>* layer_outputs = nullptr) const;
    /// The parts of the stack, for work layer by layer (calibration, alignment): the embedding (B,T) -> (B,T,D); what
    /// the mixer of a layer sees; the mixer itself; and the residual stream after the layer from the one after its
    /// mixer.
    at::Tensor embed(const at::Tensor& ids_BT) const;
    at::Tensor mixer_input(std::int64_t layer, const at::Tensor& x_BTD) const;
    const Mixer& mixer(std::int64_t layer) const;
    at::Tensor add_mlp(std::int64_t layer, const at::Tensor& mixed_BTD) const;
    /// (B,T,D) -> (B,T,V).
    at::Tensor logits(const at::Tensor& hidden_BTD) const;
    /// The output matrix (V,D): lm_head, or the embedding where tied.
    const at::Tensor& head() const { return head_; }

private:
    struct Layer;
    ModelConfig config_;
    ParamSet params_;
    at::Tensor embedding_, final_norm_, head_;
    std::vector<std::shared_ptr<const Layer>> layers_;
};

}  // namespace molt
