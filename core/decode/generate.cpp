// The loop around a decoder, and its batched sister.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decode/generate.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/base/platform.h"
#include "core/decode/forward_window.h"
#include "core/decode/reply.h"
#include "core/decode/sampler.h"

namespace molt {

namespace {

constexpr std::size_t kPromptChunk = 256;

struct Clock {
    double start = steady_clock(), first = 0, last = 0;
    void token() {
        last = steady_clock();
        if (first == 0) first = last;
    }
};

void fill_times(GenerationResult& result, const Clock& clock) {
    if (clock.first == 0) return;
    result.time_to_first_token_ms = (clock.first - clock.start) * 1e3;
    result.decode_ms = (clock.last - clock.first) * 1e3;
    const auto intervals = static_cast<double>(result.ids.size()) - 1;
    if (intervals > 0 && result.decode_ms > 0) result.tokens_per_second = intervals / result.decode_ms * 1e3;
}

/// Pushes the tokens of a step up to the one that ends the reply; false if the listener cancelled.
bool take_step(Reply& reply, DecodeStep& step, GenerationResult& result, const GenerationHooks& hooks) {
    std::string text;
    for (std::size_t i = 0; i < step.tokens.size() && !reply.finished(); ++i) {
        text += reply.push(step.tokens[i]);
        if (i < step.logits.size()) result.logits.push_back(std::move(step.logits[i]));
    }
    return !hooks.on_delta || hooks.on_delta(text, step);
}

}  // namespace

GenerationResult generate(Decoder& decoder, std::shared_ptr<const Tokenizer> tokenizer, std::span<const TokenId> prompt,
                          const SamplingParams& sampling, std::span<const TokenId> end_tokens,
                          const GenerationHooks& hooks) {
    GenerationResult result;
    result.prompt_tokens = static_cast<std::int64_t>(prompt.size());
    Clock clock;
    const bool started = decoder.begin(prompt, sampling, hooks.on_prompt_progress);
    result.prefill_ms = (steady_clock() - clock.start) * 1e3;
    result.reused_tokens = decoder.reused_tokens();
    Reply reply(std::move(tokenizer), sampling, end_tokens, prompt.back());
    bool wanted = started;
    while (wanted && !reply.finished() && decoder.position() < decoder.context_length()) {
        DecodeStep step = decoder.step();
        clock.token();
        wanted = take_step(reply, step, result, hooks);
    }
    const std::string rest = reply.finish(wanted ? "length" : "cancelled");
    if (!rest.empty() && hooks.on_delta) hooks.on_delta(rest, DecodeStep{});
    result.ids = reply.ids();
    result.text = reply.text();
    result.finish_reason = reply.finish_reason();
    fill_times(result, clock);
    return result;
}

namespace {

class BatchRun {
public:
    BatchRun(const HybridModel& model, std::shared_ptr<const Tokenizer> tokenizer, const BatchRequest& request)
        : model_(model), request_(request), state_(model.new_state(request.rows)) {
        check_prompt(request.prompt, model.config());
        for (std::int64_t i = 0; i < request.rows; ++i) {
            SamplingParams sampling = request.sampling;
            sampling.seed += i;
            rows_.push_back({Sampler(sampling),
                             Reply(tokenizer, sampling, request.end_tokens, request.prompt.back()),
                             request.prompt,
                             {}});
            rows_.back().result.prompt_tokens = static_cast<std::int64_t>(request.prompt.size());
        }
    }

    std::vector<GenerationResult> run() {
        read_prompt();
        prefill_ms_ = (steady_clock() - clock_.start) * 1e3;
        while (has_room()) {
            const std::vector<TokenId> next = draw_all();
            if (finished() || !has_room()) break;
            logits_ = forward_window(model_, next, request_.rows, state_);
        }
        return collect();
    }

private:
    struct Row {
        Sampler sampler;
        Reply reply;
        std::vector<TokenId> context;
        GenerationResult result;
        Clock clock{};
    };

    void read_prompt() {
        for (std::size_t done = 0; done < request_.prompt.size(); done += kPromptChunk) {
            const std::size_t length = std::min(kPromptChunk, request_.prompt.size() - done);
            std::vector<TokenId> window;
            for (std::int64_t i = 0; i < request_.rows; ++i) {
                const auto begin = request_.prompt.begin() + static_cast<std::ptrdiff_t>(done);
                window.insert(window.end(), begin, begin + static_cast<std::ptrdiff_t>(length));
            }
            logits_ = forward_window(model_, window, request_.rows, state_);
        }
    }

    /// One token per row; a row that has ended repeats its last token, whose logits nobody reads.
    std::vector<TokenId> draw_all() {
        std::vector<TokenId> next;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            Row& row = rows_[i];
            TokenId token = row.context.back();
            if (!row.reply.finished()) {
                token = row.sampler.sample(logits_[i], row.context);
                row.reply.push(token);
                row.clock.token();
                if (request_.record_logits) row.result.logits.push_back(logits_[i]);
            }
            row.context.push_back(token);
            next.push_back(token);
        }
        return next;
    }

    bool has_room() const {
        return static_cast<std::int64_t>(rows_.front().context.size()) < model_.config().max_position;
    }

    bool finished() const {
        return std::all_of(rows_.begin(), rows_.end(), [](const Row& row) { return row.reply.finished(); });
    }

    std::vector<GenerationResult> collect() {
        std::vector<GenerationResult> results;
        for (Row& row : rows_) {
            row.reply.finish("length");
            row.result.ids = row.reply.ids();
            row.result.text = row.reply.text();
            row.result.finish_reason = row.reply.finish_reason();
            row.result.prefill_ms = prefill_ms_;
            row.clock.start = clock_.start;
            fill_times(row.result, row.clock);
            results.push_back(std::move(row.result));
        }
        return results;
    }

    const HybridModel& model_;
    const BatchRequest& request_;
    ModelState state_;
    std::vector<Row> rows_;
    std::vector<std::vector<float>> logits_;
    Clock clock_;
    double prefill_ms_ = 0;
};

}  // namespace

std::vector<GenerationResult> generate_batch(const HybridModel& model, std::shared_ptr<const Tokenizer> tokenizer,
                                             const BatchRequest& request) {
    const at::NoGradGuard no_gradients;
    return BatchRun(model, std::move(tokenizer), request).run();
}

}  // namespace molt
