// Attention for whole rows (training) and for windows against the key/value memory.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/attention_mixer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/model/weight.h"
#include "core/ops/attention.h"
#include "core/ops/basics.h"
#include "core/ops/linear.h"

namespace molt {

namespace {

constexpr std::int64_t kBlockSlots = 256;

at::Tensor to_tensor(const std::vector<std::int64_t>& values, const at::Device& device) {
    return at::tensor(at::ArrayRef<std::int64_t>(values), at::kLong).to(device);
}

}  // namespace

AttentionState::AttentionState(std::int64_t batch, std::int64_t num_kv_heads, std::int64_t head_dim,
                               const at::TensorOptions& options)
    : k_BSKE_(at::empty({batch, 0, num_kv_heads, head_dim}, options)),
      v_BSKE_(at::empty({batch, 0, num_kv_heads, head_dim}, options)),
      length_B_(static_cast<std::size_t>(batch), 0) {}

at::Tensor AttentionState::begin_window(std::int64_t tokens) {
    for (auto& length : length_B_) length += pending_;
    pending_ = tokens;
    reserve(used());
    const auto integers = at::TensorOptions().dtype(at::kLong).device(k_BSKE_.device());
    return to_tensor(length_B_, k_BSKE_.device()).unsqueeze(1) + at::arange(tokens, integers).unsqueeze(0);
}

void AttentionState::end_window(const at::Tensor& k_BTKE, const at::Tensor& v_BTKE) {
    const bool even = std::adjacent_find(length_B_.begin(), length_B_.end(), std::not_equal_to<>()) == length_B_.end();
    if (even) {
        k_BSKE_.narrow(1, length_B_[0], pending_).copy_(k_BTKE);
        v_BSKE_.narrow(1, length_B_[0], pending_).copy_(v_BTKE);
        return;
    }
    for (std::size_t row = 0; row < length_B_.size(); ++row) {
        const auto b = static_cast<std::int64_t>(row);
        k_BSKE_.select(0, b).narrow(0, length_B_[row], pending_).copy_(k_BTKE.select(0, b));
        v_BSKE_.select(0, b).narrow(0, length_B_[row], pending_).copy_(v_BTKE.select(0, b));
    }
}

at::Tensor AttentionState::key_positions() const {
    const auto integers = at::TensorOptions().dtype(at::kLong).device(k_BSKE_.device());
    const at::Tensor slot_S = at::arange(used(), integers);
    const at::Tensor end_B = to_tensor(length_B_, k_BSKE_.device()) + pending_;
    return at::where(slot_S.unsqueeze(0).lt(end_B.unsqueeze(1)), slot_S.unsqueeze(0), -1);
}

std::int64_t AttentionState::used() const { return *std::max_element(length_B_.begin(), length_B_.end()) + pending_; }

void AttentionState::reserve(std::int64_t slots) {
    const std::int64_t held = k_BSKE_.size(1);
    if (slots <= held) return;
    // Half as much again, so that growing token by token copies each key a bounded number of times.
    const std::int64_t wanted = std::max(slots, held + held / 2);
    const std::int64_t capacity = (wanted + kBlockSlots - 1) / kBlockSlots * kBlockSlots;
    for (at::Tensor* cache : {&k_BSKE_, &v_BSKE_}) {
        std::vector<std::int64_t> shape = cache->sizes().vec();
        shape[1] = capacity;
        at::Tensor larger = at::empty(shape, cache->options());
        larger.narrow(1, 0, held).copy_(*cache);
        // Slots of shorter rows are read under a mask; they must hold numbers.
        larger.narrow(1, held, capacity - held).zero_();
        *cache = larger;
    }
}

void AttentionState::accept(std::span<const std::int64_t> kept_B) {
    MOLT_ASSERT(pending_ > 0 && kept_B.size() == length_B_.size());
    for (std::size_t row = 0; row < kept_B.size(); ++row) {
        MOLT_ASSERT(kept_B[row] >= 0 && kept_B[row] <= pending_);
        length_B_[row] += kept_B[row];
        const auto refused = pending_ - kept_B[row];
        // A refused key may be NaN, and a mask multiplies it by zero.
        if (refused > 0) {
            k_BSKE_.select(0, static_cast<std::int64_t>(row)).narrow(0, length_B_[row], refused).zero_();
            v_BSKE_.select(0, static_cast<std::int64_t>(row)).narrow(0, length_B_[row], refused).zero_();
        }
    }
    pending_ = 0;
}

std::unique_ptr<MixerState> AttentionState::clone() const {
    auto copy = std::make_unique<AttentionState>(*this);
    copy->k_BSKE_ = k_BSKE_.clone();
    copy->v_BSKE_ = v_BSKE_.clone();
    return copy;
}

std::int64_t AttentionState::bytes() const { return static_cast<std::int64_t>(k_BSKE_.nbytes() + v_BSKE_.nbytes()); }

std::vector<std::pair<std::string, at::Tensor>> AttentionState::tensors() const {
    const std::int64_t longest = used() - pending_;
    return {{"k", k_BSKE_.narrow(1, 0, longest).transpose(1, 2).contiguous()},
            {"v", v_BSKE_.narrow(1, 0, longest).transpose(1, 2).contiguous()}};
}

AttentionMixer::AttentionMixer(const ModelConfig& config, const ParamSet& params, const std::string& prefix)
    : config_(config.attention), norm_eps_(config.norm_eps) {
    const auto& c = config_;
    const auto read = [&](const std::string& name, std::int64_t rows, std::int64_t columns, bool bias) {
        Projection result{require_weight(params, prefix + name + ".weight", {rows, columns}), {}};
        if (bias) result.bias = require_weight(params, prefix + name + ".bias", {rows});
        return result;
    };
    q_ = read("q_proj", c.num_heads * c.head_dim, config.hidden_size, c.qkv_bias);
    k_ = read("k_proj", c.num_kv_heads * c.head_dim, config.hidden_size, c.qkv_bias);
    v_ = read("v_proj", c.num_kv_heads * c.head_dim, config.hidden_size, c.qkv_bias);
    o_ = read("o_proj", config.hidden_size, c.num_heads * c.head_dim, c.out_bias);
    if (c.qk_norm) {
        q_norm_ = require_weight(params, prefix + "q_norm.weight", {c.head_dim});
        k_norm_ = require_weight(params, prefix + "k_norm.weight", {c.head_dim});
    }
    frequency_ = ops::rope_frequencies(c.rope, c.head_dim).to(q_.weight.device());
}

std::unique_ptr<MixerState> AttentionMixer::new_state(std::int64_t batch) const {
    return std::make_unique<AttentionState>(batch, config_.num_kv_heads, config_.head_dim,
                                            q_.weight.options().requires_grad(std::nullopt));
}

at::Tensor AttentionMixer::heads(const at::Tensor& x_BTD, const Projection& projection, const at::Tensor& norm) const {
    const at::Tensor split =
        ops::linear(x_BTD, projection.weight, projection.bias).unflatten(2, {-1, config_.head_dim});
    return norm.defined() ? ops::rms_norm(split, norm, norm_eps_) : split;
}

at::Tensor AttentionMixer::features(const at::Tensor& x_BTD, const at::Tensor& segment_BT, MixerState* state) const {
    const at::AutoGradMode gradients(state == nullptr && at::GradMode::is_enabled());
    auto* memory = static_cast<AttentionState*>(state);
    MOLT_ASSERT(memory == nullptr || !segment_BT.defined());
    const std::int64_t batch = x_BTD.size(0), tokens = x_BTD.size(1);
    const auto integers = at::TensorOptions().dtype(at::kLong).device(x_BTD.device());
    const at::Tensor position_BT =
        memory ? memory->begin_window(tokens) : at::arange(tokens, integers).unsqueeze(0).expand({batch, tokens});
    const at::Tensor q_BTHE = ops::rope(heads(x_BTD, q_, q_norm_), position_BT, frequency_);
    const at::Tensor k_BTKE = ops::rope(heads(x_BTD, k_, k_norm_), position_BT, frequency_);
    const at::Tensor v_BTKE = heads(x_BTD, v_, {});
    if (memory == nullptr) {
        return ops::causal_attention(q_BTHE, k_BTKE, v_BTKE, position_BT, position_BT, config_.sliding_window,
                                     segment_BT, segment_BT)
            .flatten(2);
    }
    memory->end_window(k_BTKE, v_BTKE);
    return ops::causal_attention(q_BTHE, memory->keys(), memory->values(), position_BT, memory->key_positions(),
                                 config_.sliding_window)
        .flatten(2);
}

at::Tensor AttentionMixer::project(const at::Tensor& features_BTC) const {
    return ops::linear(features_BTC, o_.weight, o_.bias);
}

}  // namespace molt
