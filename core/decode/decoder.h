// Decoder: prompt in, tokens out, one step at a time. Plain now; drafts and speculation keep this interface.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/spec/chat.h"
#include "core/text/tokenizer.h"

namespace molt {

struct DraftedToken {
    TokenId id = 0;
    bool accepted = false;
    float p_target = 0, p_draft = 0;
};
struct DecodeStep {
    std::vector<TokenId> tokens;             ///< new tokens of this step, in order
    std::vector<DraftedToken> drafted;       ///< what a draft proposed; empty for plain decoding
    std::vector<std::vector<float>> logits;  ///< the target's logits that each token was drawn from, if recorded
    double draft_ms = 0, verify_ms = 0;
};

/// Not thread-safe; whoever decodes owns it. step() may be called until position() reaches context_length().
class Decoder {
public:
    virtual ~Decoder() = default;
    /// Reads the prompt (whole ids, marks included). The state of the longest usable common prefix with what was
    /// decoded before is reused. `progress(done, total)` is called between chunks; returning false stops (begin returns
    /// false). Throws Error(Mismatch): empty prompt, id out of range, prompt longer than the context.
    virtual bool begin(std::span<const TokenId> prompt, const SamplingParams& sampling,
                       const std::function<bool(std::int64_t, std::int64_t)>& progress = {}) = 0;
    virtual DecodeStep step() = 0;
    /// Whether steps carry their logits; off at first.
    virtual void record_logits(bool on) = 0;
    /// Tokens in the context now, how many fit, how many of the last prompt were taken from an earlier state.
    virtual std::int64_t position() const = 0;
    virtual std::int64_t context_length() const = 0;
    virtual std::int64_t reused_tokens() const = 0;
};

class HybridModel;
std::unique_ptr<Decoder> make_plain_decoder(std::shared_ptr<const HybridModel> model);

}  // namespace molt
