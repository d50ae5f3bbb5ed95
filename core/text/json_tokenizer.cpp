// tokenizer.json: added tokens, normaliser, pre-tokeniser, BPE, post-processor, decoder, in this order.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/json_tokenizer.h"

#include <unordered_map>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/text/added_tokens.h"
#include "core/text/bpe.h"
#include "core/text/normaliser.h"
#include "core/text/piece_decoder.h"
#include "core/text/pre_tokeniser.h"
#include "core/text/text_ends.h"
#include "core/text/tokenizer_file.h"

namespace molt {

namespace {

const json& member(const json& object, const char* key) {
    static const json absent;
    const auto found = object.find(key);
    return found == object.end() ? absent : *found;
}

/// Settings of the model that change ids and are not ours to ignore.
void refuse_unsupported(const json& model, std::string_view origin) {
    const auto type = get_or<std::string>(model, "type", "BPE", origin);
    if (type != "BPE") {
        fail(ErrorCode::BadFile, join(origin, ": the model \"", type, "\" is not supported."), "Supported: BPE.");
    }
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
        if (!get_or<std::string>(model, key, "", origin).empty()) {
            fail(ErrorCode::BadFile, join(origin, ": the model's \"", key, "\" is not supported."));
        }
    }
    if (get_or<double>(model, "dropout", 0.0, origin) != 0.0) {
        fail(ErrorCode::BadFile, join(origin, ": the model's \"dropout\" is not supported."));
    }
}

Bpe make_bpe(TokenizerFile& file, std::string_view origin) {
    const json& model = member(file.root, "model");
    if (!model.is_object()) fail(ErrorCode::BadFile, join(origin, " has no \"model\"."));
    refuse_unsupported(model, origin);
    if (file.vocabulary.num_pieces() == 0) fail(ErrorCode::BadFile, join(origin, ": the model has no vocabulary."));
    BpeOptions options;
    if (member(model, "unk_token").is_string()) options.unknown_piece = model["unk_token"].get<std::string>();
    options.fuse_unknown = get_or<bool>(model, "fuse_unk", false, origin);
    options.byte_fallback = get_or<bool>(model, "byte_fallback", false, origin);
    options.ignore_merges = get_or<bool>(model, "ignore_merges", false, origin);
    return Bpe(std::move(file.vocabulary), file.merges, std::move(options));
}

class JsonTokenizer final : public Tokenizer {
public:
    JsonTokenizer(TokenizerFile file, std::string_view origin)
        : bpe_(make_bpe(file, origin)),
          normaliser_(Normaliser::parse(member(file.root, "normalizer"), origin)),
          added_(member(file.root, "added_tokens"), bpe_.pieces(), normaliser_, origin),
          pre_tokeniser_(PreTokeniser::parse(member(file.root, "pre_tokenizer"), origin)),
          decoder_(PieceDecoder::parse(member(file.root, "decoder"), origin)),
          frame_(parse_post_processor(member(file.root, "post_processor"), origin)) {
        vocab_size_ = bpe_.pieces().size();
        for (std::size_t i = 0; i < added_.tokens().size(); ++i) {
            const AddedToken& token = added_.tokens()[i];
            if (token.id < 0 || token.id > PieceTable::kLargestId) {
                fail(ErrorCode::BadFile,
                     join(origin, ": the added token \"", token.content, "\" has the impossible id ", token.id, "."));
            }
            added_by_id_.emplace(token.id, i);
            added_by_text_.emplace(token.content, token.id);
            vocab_size_ = std::max(vocab_size_, token.id + 1);
        }
    }

    void keep_files(std::string bytes, CompanionFiles companions) {
        ends_ = find_text_ends(companions, frame_, [this](std::string_view piece) { return find(piece); });
        files_ = std::move(companions);
        files_.emplace(files_.begin(), "tokenizer.json", std::move(bytes));
    }

    std::vector<TokenId> encode(std::string_view utf8, bool add_special) const override {
        std::vector<TokenId> ids;
        if (add_special) ids = frame_.before;
        const std::string text = to_valid_utf8(utf8);
        for (const auto& segment : added_.split_raw(text)) {
            if (segment.special) {
                ids.push_back(*segment.special);
            } else {
                encode_stretch(segment.text, segment.text.data() == text.data(), &ids);
            }
        }
        if (add_special) ids.insert(ids.end(), frame_.after.begin(), frame_.after.end());
        return ids;
    }

    std::string decode(std::span<const TokenId> ids, bool keep_special) const override {
        std::string text;
        bool first = true;
        for (const TokenId id : ids) {
            const auto stored = stored_piece(id);
            if (!stored || (!keep_special && is_special(id))) continue;
            text += decoder_.text_of(*stored, first);
            first = false;
        }
        return text;
    }

    std::string decode_next(TokenId previous, TokenId id, bool keep_special) const override {
        const auto stored = stored_piece(id);
        if (!stored || (!keep_special && is_special(id))) return {};
        return decoder_.text_of(*stored, previous == -1 || previous == ends_.begin);
    }

    std::string piece(TokenId id) const override { return std::string(stored_piece(id).value_or("")); }
    bool is_special(TokenId id) const override {
        const auto found = added_by_id_.find(id);
        return found != added_by_id_.end() && added_.tokens()[found->second].special;
    }
    std::optional<TokenId> find(std::string_view piece) const override {
        const auto found = added_by_text_.find(std::string(piece));
        return found != added_by_text_.end() ? std::optional(found->second) : bpe_.pieces().find(piece);
    }
    std::optional<TokenId> begin_token() const override { return ends_.begin; }
    std::optional<TokenId> end_token() const override { return ends_.end; }
    std::int64_t vocab_size() const override { return vocab_size_; }
    std::string kind() const override { return "tokenizer.json"; }
    std::vector<std::pair<std::string, std::string>> files() const override { return files_; }

private:
    /// The piece of an id; nothing for a gap in the ids.
    std::optional<std::string_view> stored_piece(TokenId id) const {
        if (id < 0 || id >= vocab_size_) {
            fail(ErrorCode::Mismatch,
                 join("Token id ", id, " is outside this tokenizer's vocabulary of ", vocab_size_, " pieces."));
        }
        const auto found = added_by_id_.find(id);
        return found != added_by_id_.end() ? added_.tokens()[found->second].shown : bpe_.pieces().piece(id);
    }

    void encode_stretch(std::string_view raw, bool at_start, std::vector<TokenId>* ids) const {
        std::string normalised;
        std::string_view text = raw;
        if (!normaliser_.changes_nothing()) {
            normalised = normaliser_.apply(raw);
            text = normalised;
        }
        if (!added_.has_normalised()) return encode_words(text, at_start, ids);
        for (const auto& segment : added_.split_normalised(text)) {
            if (segment.special) {
                ids->push_back(*segment.special);
            } else {
                encode_words(segment.text, at_start && segment.text.data() == text.data(), ids);
            }
        }
    }

    void encode_words(std::string_view text, bool at_start, std::vector<TokenId>* ids) const {
        if (text.empty()) return;
        WordList list;
        list.words.push_back({text, at_start});
        pre_tokeniser_.apply(&list);
        for (const Word& word : list.words) {
            pre_tokeniser_.gives_bytes() ? bpe_.encode_bytes(word.text, ids) : bpe_.encode(word.text, ids);
        }
    }

    Bpe bpe_;
    Normaliser normaliser_;
    AddedTokens added_;
    PreTokeniser pre_tokeniser_;
    PieceDecoder decoder_;
    TextFrame frame_;
    TextEnds ends_;
    std::unordered_map<TokenId, std::size_t> added_by_id_;
    std::unordered_map<std::string, TokenId> added_by_text_;
    std::int64_t vocab_size_ = 0;
    std::vector<std::pair<std::string, std::string>> files_;
};

}  // namespace

std::shared_ptr<const Tokenizer> parse_json_tokenizer(std::string bytes, std::string_view origin,
                                                      CompanionFiles companions) {
    auto tokenizer = std::make_shared<JsonTokenizer>(read_tokenizer_file(bytes, origin), origin);
    tokenizer->keep_files(std::move(bytes), std::move(companions));
    return tokenizer;
}

}  // namespace molt
