// generate(): a prompt to a finished reply with timing, stop texts and UTF-8 safe deltas; the base of chat and `molt
// generate`. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/decode/decoder.h"

namespace molt {

/// The numbers of cli.md section 4, defined once: decode_ms = t_last - t_first, rate = (n - 1) / decode_ms.
struct GenerationResult {
    std::vector<TokenId> ids;
    std::string text;
    std::string finish_reason;  ///< length | stop | eos | cancelled
    std::int64_t prompt_tokens = 0;
    std::int64_t reused_tokens = 0;  ///< of the prompt, whose state was there already
    double prefill_ms = 0, decode_ms = 0, tokens_per_second = 0, time_to_first_token_ms = 0;
    std::vector<std::vector<float>> logits;  ///< one row per id, if the decoder records them
};

struct GenerationHooks {
    /// Called with text that is certain (never half a character, never a beginning of a stop text) and the step; false
    /// cancels.
    std::function<bool(std::string_view text, const DecodeStep& step)> on_delta;
    std::function<bool(std::int64_t done, std::int64_t total)> on_prompt_progress;
};

/// `end_tokens` end the reply unless sampling.ignore_eos; the end token is the last id, not part of the text.
GenerationResult generate(Decoder& decoder, std::shared_ptr<const Tokenizer> tokenizer, std::span<const TokenId> prompt,
                          const SamplingParams& sampling, std::span<const TokenId> end_tokens,
                          const GenerationHooks& hooks = {});

struct BatchRequest {
    std::vector<TokenId> prompt;
    std::vector<TokenId> end_tokens;
    SamplingParams sampling;
    std::int64_t rows = 1;
    bool record_logits = false;
};
/// `rows` continuations of one prompt decoded together; row i draws with seed + i and does not depend on the others.
/// Rows that have ended are not reported further; times are those of the whole batch.
std::vector<GenerationResult> generate_batch(const HybridModel& model, std::shared_ptr<const Tokenizer> tokenizer,
                                             const BatchRequest& request);

}  // namespace molt
