// llama2.c's tokenizer: the same ids as its `encode`, by ranked merges in place of its quadratic search.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/llama2c_tokenizer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/text/bpe.h"
#include "core/text/special_tokens.h"

namespace molt {

namespace {

constexpr TokenId kUnknown = 0, kBegin = 1, kEnd = 2;
constexpr std::int32_t kLongestPiece = 256;  // Llama 2 has 48; every cut of a piece is tried
// run.c starts its search for the best pair at this score, so a pair at or below it never merges.
constexpr float kLowestScore = -1e10F;

struct Record {
    float score = 0;
    std::string_view piece;
};

template <class T>
T read_as(std::string_view bytes, std::size_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

/// The records, or what is wrong with the file.
std::string parse_records(std::string_view bytes, std::vector<Record>* records) {
    if (bytes.size() < 4) return "it is shorter than its header";
    const auto longest = read_as<std::int32_t>(bytes, 0);
    if (longest < 1 || longest > kLongestPiece) return join("its longest piece is said to have ", longest, " bytes");
    std::size_t at = 4;
    while (at < bytes.size()) {
        const std::string where = join("piece ", records->size(), " at byte ", at);
        if (bytes.size() - at < 8) return where + " is cut off";
        const auto score = read_as<float>(bytes, at);
        const auto length = read_as<std::int32_t>(bytes, at + 4);
        at += 8;
        if (!std::isfinite(score)) return where + " has a score that is not finite";
        if (length < 0 || length > longest) return join(where, " is said to have ", length, " bytes");
        if (bytes.size() - at < static_cast<std::size_t>(length)) return where + " is cut off";
        records->push_back({score, bytes.substr(at, static_cast<std::size_t>(length))});
        at += static_cast<std::size_t>(length);
    }
    if (records->size() < 3) return "it has no begin and end mark";
    return {};
}

/// The byte of a piece like "<0x0A>".
std::optional<unsigned char> byte_of_piece(std::string_view piece) {
    if (piece.size() != 6 || piece.substr(0, 3) != "<0x" || piece[5] != '>') return std::nullopt;
    const std::string digits(piece.substr(3, 2));
    char* end = nullptr;
    const long value = std::strtol(digits.c_str(), &end, 16);
    if (end != digits.c_str() + 2) return std::nullopt;
    return static_cast<unsigned char>(value);
}

/// The pieces that can be found by their text: of equal ones the first.
PieceTable table_of(const std::vector<Record>& records) {
    PieceTable table;
    for (std::size_t id = 0; id < records.size(); ++id) {
        if (!table.find(records[id].piece)) table.add(records[id].piece, static_cast<TokenId>(id));
    }
    return table;
}

/// run.c joins any two neighbours whose texts make a piece, the best score first: every cut of a piece into two pieces
/// is a merge, and equal scores have equal rank.
MergeList merges_of(const std::vector<Record>& records, const PieceTable& table) {
    std::vector<float> scores;
    for (const auto& record : records) scores.push_back(record.score);
    std::sort(scores.begin(), scores.end(), std::greater<>());
    scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
    MergeList merges;
    for (const auto& [score, piece] : records) {
        if (score <= kLowestScore) continue;
        const auto rank = std::lower_bound(scores.begin(), scores.end(), score, std::greater<>()) - scores.begin();
        for (std::size_t cut = 1; cut < piece.size(); ++cut) {
            const std::string_view left = piece.substr(0, cut), right = piece.substr(cut);
            if (table.find(left) && table.find(right)) merges.add(left, right, static_cast<std::int32_t>(rank));
        }
    }
    return merges;
}

Bpe make_bpe(const std::vector<Record>& records) {
    PieceTable table = table_of(records);
    const MergeList merges = merges_of(records, table);
    BpeOptions options;
    options.unknown_piece = records[kUnknown].piece;
    options.byte_fallback = true;
    options.space_mark = " ";
    return Bpe(std::move(table), merges, std::move(options));
}

class Llama2cTokenizer final : public Tokenizer {
public:
    Llama2cTokenizer(std::string bytes, const std::vector<Record>& records)
        : bytes_(std::move(bytes)), bpe_(make_bpe(records)) {
        for (const auto& record : records) pieces_.emplace_back(record.piece);
        has_space_ = bpe_.pieces().find(" ").has_value();
        std::vector<std::pair<std::string, TokenId>> specials;
        for (TokenId id = kUnknown; id <= kEnd; ++id) specials.emplace_back(mark(id), id);
        specials_ = SpecialTokens(specials);
    }

    std::vector<TokenId> encode(std::string_view utf8, bool add_special) const override {
        std::vector<TokenId> ids;
        if (add_special) ids.push_back(kBegin);
        const std::string text = to_valid_utf8(utf8);
        for (const auto& segment : specials_.split(text)) {
            if (segment.special) {
                ids.push_back(*segment.special);
            } else {
                bpe_.encode(join(has_space_ ? " " : "", segment.text), &ids);
            }
        }
        return ids;
    }

    std::string decode(std::span<const TokenId> ids, bool keep_special) const override {
        std::string text;
        TokenId previous = -1;
        for (const TokenId id : ids) {
            text += decode_next(previous, id, keep_special);
            previous = id;
        }
        return text;
    }

    std::string decode_next(TokenId previous, TokenId id, bool keep_special) const override {
        check_id(id);
        if (is_special(id)) return keep_special ? mark(id) : std::string();
        std::string_view text = at(id);
        if (const auto byte = byte_of_piece(text)) return std::string(1, static_cast<char>(*byte));
        if ((previous == kBegin || previous == -1) && text.starts_with(' ')) text.remove_prefix(1);
        return std::string(text);
    }

    std::string piece(TokenId id) const override {
        check_id(id);
        return at(id);
    }
    bool is_special(TokenId id) const override { return id >= kUnknown && id <= kEnd; }
    std::optional<TokenId> find(std::string_view piece) const override {
        for (TokenId id = kUnknown; id <= kEnd; ++id) {
            if (piece == mark(id)) return id;
        }
        return bpe_.pieces().find(piece);
    }
    std::optional<TokenId> begin_token() const override { return kBegin; }
    std::optional<TokenId> end_token() const override { return kEnd; }
    std::int64_t vocab_size() const override { return static_cast<std::int64_t>(pieces_.size()); }
    std::string kind() const override { return "llama2.c"; }
    std::vector<std::pair<std::string, std::string>> files() const override { return {{"tokenizer.bin", bytes_}}; }

private:
    const std::string& at(TokenId id) const { return pieces_[static_cast<std::size_t>(id)]; }
    /// The special token as people write it: the file puts newlines around "<s>" so that it shows on a line of its own.
    std::string mark(TokenId id) const { return std::string(trim(at(id))); }

    void check_id(TokenId id) const {
        if (id < 0 || id >= vocab_size()) {
            fail(ErrorCode::Mismatch,
                 join("Token id ", id, " is outside this tokenizer's vocabulary of ", vocab_size(), " pieces."));
        }
    }

    std::string bytes_;
    std::vector<std::string> pieces_;
    Bpe bpe_;
    bool has_space_ = false;
    SpecialTokens specials_;
};

}  // namespace

bool looks_like_llama2c_tokenizer(std::string_view bytes) {
    std::vector<Record> records;
    return parse_records(bytes, &records).empty();
}

std::shared_ptr<const Tokenizer> parse_llama2c_tokenizer(std::string bytes, std::string_view origin) {
    std::vector<Record> records;
    const std::string problem = parse_records(bytes, &records);
    if (!problem.empty()) {
        fail(ErrorCode::BadFile, join(origin, " is no llama2.c tokenizer: ", problem, "."),
             "Download or export the tokenizer file again.");
    }
    // The records view the bytes; the tokenizer copies them before it takes the bytes over.
    std::string kept = bytes;
    return std::make_shared<Llama2cTokenizer>(std::move(kept), records);
}

}  // namespace molt
