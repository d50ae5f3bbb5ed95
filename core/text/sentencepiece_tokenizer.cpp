// SentencePiece: encoding through the library, decoding from the model's own pieces.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/sentencepiece_tokenizer.h"

#include <sentencepiece_processor.h>

#include <unordered_map>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/text/sentencepiece_model.h"
#include "core/text/special_tokens.h"

namespace molt {

namespace {

using Type = SentencePieceModel::Type;

constexpr std::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581, stands for a space in pieces

std::string with_spaces(std::string_view piece) {
    std::string text;
    for (std::size_t at = 0; at < piece.size();) {
        const bool is_mark = piece.substr(at, kSpaceMark.size()) == kSpaceMark;
        text += is_mark ? ' ' : piece[at];
        at += is_mark ? kSpaceMark.size() : 1;
    }
    return text;
}

class SentencePieceTokenizer final : public Tokenizer {
public:
    SentencePieceTokenizer(std::string bytes, std::string_view origin)
        : bytes_(std::move(bytes)), model_(parse_sentencepiece_model(bytes_, origin)) {
        load_library(origin);
        std::vector<std::pair<std::string, TokenId>> specials;
        for (const auto& piece : model_.pieces) {
            const auto id = static_cast<TokenId>(ids_.size());
            ids_.emplace(piece.text, id);
            if (is_mark(piece.type)) specials.emplace_back(piece.text, id);
        }
        specials_ = SpecialTokens(specials);
    }

    std::vector<TokenId> encode(std::string_view utf8, bool add_special) const override {
        std::vector<TokenId> ids;
        if (add_special && begin_token()) ids.push_back(*begin_token());
        const std::string text = to_valid_utf8(utf8);
        for (const auto& segment : specials_.split(text)) {
            if (segment.special) {
                ids.push_back(*segment.special);
                continue;
            }
            std::vector<int> part;
            const auto status = processor_.Encode(segment.text, &part);
            if (!status.ok()) fail(ErrorCode::BadFile, join("SentencePiece cannot encode: ", status.ToString(), "."));
            ids.insert(ids.end(), part.begin(), part.end());
        }
        return ids;
    }

    std::string decode(std::span<const TokenId> ids, bool keep_special) const override {
        std::string text;
        bool at_start = true;
        for (const TokenId id : ids) {
            const std::string part = decode_one(id, at_start, keep_special);
            text += part;
            if (type(id) == Type::Control) continue;
            // As the library does: one leading space goes, or all of them where the model drops extra spaces.
            at_start = at_start && part.empty() && model_.remove_extra_whitespaces;
        }
        return text;
    }

    std::string decode_next(TokenId previous, TokenId id, bool keep_special) const override {
        return decode_one(id, previous == -1 || previous == begin_token(), keep_special);
    }

    std::string piece(TokenId id) const override { return at(id).text; }
    bool is_special(TokenId id) const override {
        return id >= 0 && id < vocab_size() && is_mark(model_.pieces[static_cast<std::size_t>(id)].type);
    }
    std::optional<TokenId> find(std::string_view piece) const override {
        const auto found = ids_.find(std::string(piece));
        return found == ids_.end() ? std::nullopt : std::optional(found->second);
    }
    std::optional<TokenId> begin_token() const override { return known(processor_.bos_id()); }
    std::optional<TokenId> end_token() const override { return known(processor_.eos_id()); }
    std::int64_t vocab_size() const override { return static_cast<std::int64_t>(model_.pieces.size()); }
    std::string kind() const override { return "sentencepiece"; }
    std::vector<std::pair<std::string, std::string>> files() const override { return {{"tokenizer.model", bytes_}}; }

private:
    static bool is_mark(Type type) { return type == Type::Control || type == Type::Unknown; }
    static std::optional<TokenId> known(int id) { return id < 0 ? std::nullopt : std::optional<TokenId>(id); }

    void load_library(std::string_view origin) {
        std::string reason;
        try {
            const auto status = processor_.LoadFromSerializedProto(bytes_);
            if (status.ok() && processor_.GetPieceSize() == static_cast<int>(model_.pieces.size())) return;
            reason = status.ok() ? "its pieces are not counted alike" : status.ToString();
        } catch (const std::exception& error) {  // the library's trie builder throws on keys that it cannot hold
            reason = error.what();
        }
        fail(ErrorCode::BadFile, join(origin, " is no usable SentencePiece model: ", reason, "."));
    }

    const SentencePieceModel::Piece& at(TokenId id) const {
        if (id < 0 || id >= vocab_size()) {
            fail(ErrorCode::Mismatch,
                 join("Token id ", id, " is outside this tokenizer's vocabulary of ", vocab_size(), " pieces."));
        }
        return model_.pieces[static_cast<std::size_t>(id)];
    }
    Type type(TokenId id) const { return at(id).type; }

    std::string decode_one(TokenId id, bool at_start, bool keep_special) const {
        const auto& piece = at(id);
        if (piece.type == Type::Control) return keep_special ? piece.text : std::string();
        if (piece.type == Type::Unknown) return keep_special ? piece.text : model_.unknown_surface;
        if (piece.type == Type::Byte) return byte_text(piece.text);
        std::string_view text = piece.text;
        const bool strips = model_.add_dummy_prefix || model_.remove_extra_whitespaces;
        if (at_start && strips && text.starts_with(kSpaceMark)) text.remove_prefix(kSpaceMark.size());
        return with_spaces(text);
    }

    static std::string byte_text(const std::string& piece) {
        const bool well_formed = piece.size() == 6 && piece.starts_with("<0x") && piece.back() == '>';
        if (!well_formed) return piece;
        return std::string(1, static_cast<char>(std::strtol(piece.c_str() + 3, nullptr, 16)));
    }

    std::string bytes_;
    SentencePieceModel model_;
    sentencepiece::SentencePieceProcessor processor_;
    std::unordered_map<std::string, TokenId> ids_;
    SpecialTokens specials_;
};

}  // namespace

std::shared_ptr<const Tokenizer> parse_sentencepiece_tokenizer(std::string bytes, std::string_view origin) {
    return std::make_shared<SentencePieceTokenizer>(std::move(bytes), origin);
}

}  // namespace molt
