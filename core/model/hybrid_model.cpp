// The decoder stack, and the memory of all its layers.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/hybrid_model.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/embedding.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/model/tensor_list.h"
#include "core/model/weight.h"
#include "core/ops/basics.h"
#include "core/ops/linear.h"

namespace molt {

void ModelState::accept(std::span<const std::int64_t> kept_B) {
    MOLT_ASSERT(window_ > 0 && static_cast<std::int64_t>(kept_B.size()) == batch_);
    for (const auto& layer : layers_) layer->accept(kept_B);
    window_ = 0;
}

void ModelState::accept_all() {
    const std::vector<std::int64_t> kept(static_cast<std::size_t>(batch_), window_);
    accept(kept);
}

ModelState ModelState::clone() const {
    std::vector<std::unique_ptr<MixerState>> layers;
    for (const auto& layer : layers_) layers.push_back(layer->clone());
    ModelState copy(std::move(layers));
    copy.window_ = window_;
    copy.batch_ = batch_;
    return copy;
}

std::int64_t ModelState::bytes() const {
    std::int64_t total = 0;
    for (const auto& layer : layers_) total += layer->bytes();
    return total;
}

struct HybridModel::Layer {
    std::unique_ptr<Mixer> mixer;
    at::Tensor mixer_norm, mlp_norm, gate, up, down;  ///< the last four undefined in layers without MLP
    double eps;

    Layer(const ModelConfig& config, const ParamSet& params, std::int64_t index) : eps(config.norm_eps) {
        const std::int64_t hidden = config.hidden_size, inner = config.intermediate_size;
        const std::string prefix = layer_prefix(config, index);
        mixer = make_mixer(config.mixers[static_cast<std::size_t>(index)], config, params, prefix);
        mixer_norm = require_weight(params, prefix + tensor_names(config).mixer_norm, {hidden});
        if (config.is_pure()) return;
        mlp_norm = require_weight(params, prefix + "post_attention_layernorm.weight", {hidden});
        gate = require_weight(params, prefix + "mlp.gate_proj.weight", {inner, hidden});
        up = require_weight(params, prefix + "mlp.up_proj.weight", {inner, hidden});
        down = require_weight(params, prefix + "mlp.down_proj.weight", {hidden, inner});
    }
    at::Tensor add_mlp(const at::Tensor& mixed_BTD) const {
        if (!gate.defined()) return mixed_BTD;
        const at::Tensor normed_BTD = ops::rms_norm(mixed_BTD, mlp_norm, eps);
        return mixed_BTD + ops::linear(ops::swiglu(ops::linear(normed_BTD, gate), ops::linear(normed_BTD, up)), down);
    }
    at::Tensor forward(const at::Tensor& x_BTD, const at::Tensor& segment_BT, MixerState* state) const {
        return add_mlp(x_BTD + mixer->forward(ops::rms_norm(x_BTD, mixer_norm, eps), segment_BT, state));
    }
};

HybridModel::HybridModel(ModelConfig config, ParamSet params) : config_(std::move(config)), params_(std::move(params)) {
    config_.validate();
    const std::int64_t hidden_size = config_.hidden_size;
    embedding_ = require_weight(params_, tensor_names(config_).embedding, {config_.vocab_size, hidden_size});
    final_norm_ = require_weight(params_, tensor_names(config_).final_norm, {hidden_size});
    head_ = config_.tie_embeddings ? embedding_
                                   : require_weight(params_, "lm_head.weight", {config_.vocab_size, hidden_size});
    for (std::int64_t i = 0; i < config_.num_layers(); ++i)
        layers_.push_back(std::make_shared<const Layer>(config_, params_, i));
}

ModelState HybridModel::new_state(std::int64_t batch) const {
    std::vector<std::unique_ptr<MixerState>> states;
    for (const auto& layer : layers_) states.push_back(layer->mixer->new_state(batch));
    ModelState state(std::move(states));
    state.batch_ = batch;
    return state;
}

at::Tensor HybridModel::embed(const at::Tensor& ids_BT) const {
    const auto [smallest, largest] = std::pair(ids_BT.min().item<std::int64_t>(), ids_BT.max().item<std::int64_t>());
    if (smallest < 0 || largest >= config_.vocab_size) {
        fail(ErrorCode::Mismatch,
             join("The token id ", smallest < 0 ? smallest : largest, " is outside the vocabulary of ",
                  config_.vocab_size, "."),
             "The tokenizer or data belongs to another model.");
    }
    return at::embedding(embedding_, ids_BT);
}

at::Tensor HybridModel::mixer_input(std::int64_t layer, const at::Tensor& x_BTD) const {
    const Layer& parts = *layers_[static_cast<std::size_t>(layer)];
    return ops::rms_norm(x_BTD, parts.mixer_norm, parts.eps);
}

const Mixer& HybridModel::mixer(std::int64_t layer) const { return *layers_[static_cast<std::size_t>(layer)]->mixer; }

at::Tensor HybridModel::add_mlp(std::int64_t layer, const at::Tensor& mixed_BTD) const {
    return layers_[static_cast<std::size_t>(layer)]->add_mlp(mixed_BTD);
}

at::Tensor HybridModel::hidden(const at::Tensor& ids_BT, const at::Tensor& segment_BT, ModelState* state,
                               std::vector<at::Tensor>* layer_outputs) const {
    const at::AutoGradMode gradients(state == nullptr && at::GradMode::is_enabled());
    at::Tensor x_BTD = embed(ids_BT);
    if (layer_outputs) layer_outputs->assign(1, x_BTD);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        x_BTD = layers_[i]->forward(x_BTD, segment_BT, state ? state->layers_[i].get() : nullptr);
        if (layer_outputs) layer_outputs->push_back(x_BTD);
    }
    if (state) state->window_ = ids_BT.size(1);
    return ops::rms_norm(x_BTD, final_norm_, config_.norm_eps);
}

at::Tensor HybridModel::logits(const at::Tensor& hidden_BTD) const { return ops::linear(hidden_BTD, head_); }

}  // namespace molt
