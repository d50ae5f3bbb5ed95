// One token per step; remembers the states at the ends of earlier prompts, so that edited conversations start from
// there. SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/decode/decoder.h"
#include "core/decode/forward_window.h"
#include "core/decode/sampler.h"
#include "core/model/hybrid_model.h"

namespace molt {

namespace {

constexpr std::int64_t kPromptChunk = 256;
constexpr std::size_t kSnapshots = 4;
constexpr std::int64_t kSnapshotBytes = std::int64_t{256} << 20;

/// A state, the tokens that it has read, and the logits after the last of them.
struct Memory {
    std::vector<TokenId> ids;
    ModelState state;
    std::vector<float> logits;

    bool is_prefix_of(std::span<const TokenId> prompt) const {
        return !ids.empty() && ids.size() <= prompt.size() && std::equal(ids.begin(), ids.end(), prompt.begin());
    }
    Memory copy() const { return {ids, state.clone(), logits}; }
};

class PlainDecoder final : public Decoder {
public:
    explicit PlainDecoder(std::shared_ptr<const HybridModel> model)
        : model_(std::move(model)), live_{{}, model_->new_state(1), {}} {}

    bool begin(std::span<const TokenId> prompt, const SamplingParams& sampling,
               const std::function<bool(std::int64_t, std::int64_t)>& progress) override {
        check_prompt(prompt, model_->config());
        const at::NoGradGuard no_gradients;
        sampler_.emplace(sampling);
        pending_.reset();
        choose_start(prompt);
        reused_ = static_cast<std::int64_t>(live_.ids.size());
        const auto total = static_cast<std::int64_t>(prompt.size());
        if (progress && !progress(reused_, total)) return false;
        while (static_cast<std::int64_t>(live_.ids.size()) < total) {
            const std::size_t done = live_.ids.size();
            read(prompt.subspan(done, std::min<std::size_t>(kPromptChunk, prompt.size() - done)));
            if (progress && !progress(static_cast<std::int64_t>(live_.ids.size()), total)) return false;
        }
        remember();
        return true;
    }

    DecodeStep step() override {
        MOLT_ASSERT(sampler_ && !live_.ids.empty() && position() < context_length());
        const at::NoGradGuard no_gradients;
        if (pending_) {
            const TokenId last = *pending_;
            pending_.reset();
            read(std::span(&last, 1));
        }
        const TokenId token = sampler_->sample(live_.logits, live_.ids);
        pending_ = token;
        DecodeStep result;
        result.tokens.push_back(token);
        if (record_logits_) result.logits.push_back(live_.logits);
        return result;
    }

    void record_logits(bool on) override { record_logits_ = on; }
    std::int64_t position() const override { return static_cast<std::int64_t>(live_.ids.size()) + (pending_ ? 1 : 0); }
    std::int64_t context_length() const override { return model_->config().max_position; }
    std::int64_t reused_tokens() const override { return reused_; }

private:
    void read(std::span<const TokenId> window) {
        live_.logits = forward_window(*model_, window, 1, live_.state).front();
        live_.ids.insert(live_.ids.end(), window.begin(), window.end());
    }

    /// The live state goes on if the prompt extends it; else the longest remembered prefix is copied; else from
    /// nothing. A recurrent state cannot be cut back, therefore no other prefix is usable.
    void choose_start(std::span<const TokenId> prompt) {
        std::erase_if(snapshots_, [&](const Memory& memory) { return !memory.is_prefix_of(prompt); });
        if (live_.is_prefix_of(prompt)) return;
        const auto longest = std::max_element(snapshots_.begin(), snapshots_.end(),
                                              [](const auto& a, const auto& b) { return a.ids.size() < b.ids.size(); });
        live_ = longest != snapshots_.end() ? longest->copy() : Memory{{}, model_->new_state(1), {}};
    }

    void remember() {
        const bool known = std::any_of(snapshots_.begin(), snapshots_.end(),
                                       [&](const Memory& memory) { return memory.ids.size() == live_.ids.size(); });
        if (known || live_.state.bytes() > kSnapshotBytes) return;
        if (snapshots_.size() == kSnapshots) snapshots_.pop_front();
        snapshots_.push_back(live_.copy());
    }

    std::shared_ptr<const HybridModel> model_;
    Memory live_;
    std::deque<Memory> snapshots_;  // all of them are prefixes of the last prompt
    std::optional<Sampler> sampler_;
    std::optional<TokenId> pending_;  // drawn, not read yet
    std::int64_t reused_ = 0;
    bool record_logits_ = false;
};

}  // namespace

std::unique_ptr<Decoder> make_plain_decoder(std::shared_ptr<const HybridModel> model) {
    return std::make_unique<PlainDecoder>(std::move(model));
}

}  // namespace molt
