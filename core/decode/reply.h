// Reply: turns the tokens of one answer into text, knows when it ends. Shared by single, batched and speculative
// decoding. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/spec/chat.h"
#include "core/text/tokenizer.h"

namespace molt {

class Reply {
public:
    /// `previous` is the prompt's last token: SentencePiece drops a leading space after the begin mark only. Without a
    /// tokenizer (null) there are ids but no text.
    Reply(std::shared_ptr<const Tokenizer> tokenizer, const SamplingParams& sampling,
          std::span<const TokenId> end_tokens, TokenId previous);

    /// Takes the next token; returns the text that is certain now: whole characters, and no beginning of a stop text.
    std::string push(TokenId id);
    /// Ends the reply for another reason ("length", "cancelled") if it has not ended yet; returns what was held back.
    std::string finish(const std::string& reason);

    bool finished() const { return !finish_reason_.empty(); }
    const std::string& finish_reason() const { return finish_reason_; }  ///< length | stop | eos | cancelled
    const std::vector<TokenId>& ids() const { return ids_; }             ///< an end token included
    const std::string& text() const { return text_; }                    ///< all text that was returned

private:
    std::string release(std::string fresh);

    SamplingParams sampling_;
    std::vector<TokenId> end_tokens_;
    std::optional<StreamingDecoder> decoder_;
    std::vector<TokenId> ids_;
    std::string text_, held_, finish_reason_;
};

}  // namespace molt
