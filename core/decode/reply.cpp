// End marks, the token limit, and stop texts that may be spread over several tokens.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decode/reply.h"

#include <algorithm>

namespace molt {

namespace {

/// Length of the longest end of `text` that is a beginning of some stop text.
std::size_t possible_stop(const std::string& text, const std::vector<std::string>& stops) {
    std::size_t longest = 0;
    for (const std::string& stop : stops) {
        const std::size_t limit = std::min(text.size(), stop.empty() ? 0 : stop.size() - 1);
        for (std::size_t length = limit; length > longest; --length) {
            if (text.compare(text.size() - length, length, stop, 0, length) == 0) longest = length;
        }
    }
    return longest;
}

std::size_t first_stop(const std::string& text, const std::vector<std::string>& stops) {
    std::size_t first = std::string::npos;
    for (const std::string& stop : stops) {
        if (!stop.empty()) first = std::min(first, text.find(stop));
    }
    return first;
}

}  // namespace

Reply::Reply(std::shared_ptr<const Tokenizer> tokenizer, const SamplingParams& sampling,
             std::span<const TokenId> end_tokens, TokenId previous)
    : sampling_(sampling), end_tokens_(end_tokens.begin(), end_tokens.end()) {
    if (tokenizer) decoder_.emplace(std::move(tokenizer), previous);
}

std::string Reply::push(TokenId id) {
    ids_.push_back(id);
    const bool is_end = std::find(end_tokens_.begin(), end_tokens_.end(), id) != end_tokens_.end();
    if (is_end && !sampling_.ignore_eos) return finish("eos");
    std::string certain = release(decoder_ ? decoder_->push(id) : std::string());
    if (!finished() && static_cast<std::int64_t>(ids_.size()) >= sampling_.max_tokens) certain += finish("length");
    return certain;
}

std::string Reply::finish(const std::string& reason) {
    if (finished()) return {};
    std::string certain = release(decoder_ ? decoder_->finish() : std::string());
    if (finished()) return certain;  // a stop text became complete with the last character
    finish_reason_ = reason;
    text_ += held_;
    certain += held_;
    held_.clear();
    return certain;
}

std::string Reply::release(std::string fresh) {
    held_ += fresh;
    const std::size_t stop = first_stop(held_, sampling_.stop);
    if (stop != std::string::npos) {
        finish_reason_ = "stop";
        held_.resize(stop);
    }
    const std::size_t keep = finished() ? 0 : possible_stop(held_, sampling_.stop);
    std::string certain = held_.substr(0, held_.size() - keep);
    held_.erase(0, certain.size());
    text_ += certain;
    return certain;
}

}  // namespace molt
