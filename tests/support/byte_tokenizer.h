// Byte tokenizer: one token a byte, begin 256, end 257. For tests of what uses tokenizers, only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/text/tokenizer.h"

namespace molt {

class ByteTokenizer : public Tokenizer {
public:
    static constexpr TokenId kBegin = 256, kEnd = 257;

    std::vector<TokenId> encode(std::string_view utf8, bool add_special) const override {
        std::vector<TokenId> ids;
        if (add_special) ids.push_back(kBegin);
        for (const char c : utf8) ids.push_back(static_cast<unsigned char>(c));
        return ids;
    }
    std::string decode(std::span<const TokenId> ids, bool) const override {
        std::string text;
        for (const TokenId id : ids) text += piece(id);
        return text;
    }
    std::string decode_next(TokenId, TokenId id, bool) const override { return piece(id); }
    std::string piece(TokenId id) const override { return id < kBegin ? std::string(1, static_cast<char>(id)) : ""; }
    bool is_special(TokenId id) const override { return id >= kBegin; }
    std::optional<TokenId> find(std::string_view text) const override {
        if (text.size() != 1) return std::nullopt;
        return static_cast<unsigned char>(text.front());
    }
    std::optional<TokenId> begin_token() const override { return kBegin; }
    std::optional<TokenId> end_token() const override { return kEnd; }
    std::int64_t vocab_size() const override { return 258; }
    std::string kind() const override { return "bytes"; }
    std::vector<std::pair<std::string, std::string>> files() const override { return {}; }
};

}  // namespace molt
