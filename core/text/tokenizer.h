// Tokenizer: text <-> ids. Immutable and thread-safe; loaded from a folder or file.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace molt {

using TokenId = std::int64_t;

class Tokenizer {
public:
    virtual ~Tokenizer() = default;
    /// From a folder (tokenizer.json, tokenizer.model, tok*.bin) or one such file. What it is is decided by content.
    /// Throws Error(NotFound), Error(BadFile).
    static std::shared_ptr<const Tokenizer> load(const std::filesystem::path& path);

    /// Ids of UTF-8 text; invalid bytes are taken as U+FFFD. `add_special` puts the begin mark in front as the model's
    /// own program does. Special tokens written out in the text become their ids.
    virtual std::vector<TokenId> encode(std::string_view utf8, bool add_special) const = 0;
    /// Text of ids; may end inside a character (see StreamingDecoder). Throws Error(Mismatch) for an id out of range.
    virtual std::string decode(std::span<const TokenId> ids, bool keep_special) const = 0;
    /// Text that one token adds when it follows `previous` (-1: none); SentencePiece strips a leading space after
    /// begin.
    virtual std::string decode_next(TokenId previous, TokenId id, bool keep_special) const = 0;
    /// The piece as stored, for display.
    virtual std::string piece(TokenId id) const = 0;
    virtual bool is_special(TokenId id) const = 0;
    /// Id of an exact piece ("<|user|>").
    virtual std::optional<TokenId> find(std::string_view piece) const = 0;
    virtual std::optional<TokenId> begin_token() const = 0;
    virtual std::optional<TokenId> end_token() const = 0;
    virtual std::int64_t vocab_size() const = 0;
    /// "llama2.c", "sentencepiece", "tokenizer.json".
    virtual std::string kind() const = 0;
    /// Files to copy into a model folder so that it loads there again: (name, bytes).
    virtual std::vector<std::pair<std::string, std::string>> files() const = 0;
};

/// Turns tokens into text piece by piece, holding back the bytes of an unfinished UTF-8 character.
class StreamingDecoder {
public:
    explicit StreamingDecoder(std::shared_ptr<const Tokenizer> tokenizer, TokenId previous = -1);
    /// Whole characters that became available with this token.
    std::string push(TokenId id);
    /// What is left, as U+FFFD if it is no whole character.
    std::string finish();

private:
    std::shared_ptr<const Tokenizer> tokenizer_;
    TokenId previous_;
    std::string pending_;
};

}  // namespace molt
