// llama2.c's tokenizer: the same ids as its `encode`, with a heap in place of its quadratic search.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/llama2c_tokenizer.h"

#include <array>
#include <cmath>
#include <cstring>
#include <queue>
#include <unordered_map>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/text/special_tokens.h"

namespace molt {

namespace {

constexpr TokenId kUnknown = 0, kBegin = 1, kEnd = 2, kFirstByte = 3;
constexpr std::int32_t kLongestPiece = 1 << 16;
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

/// A piece being merged; neighbours by index, -1 at the ends. A dead piece has id -1.
struct Symbol {
    TokenId id;
    int previous, next;
};

struct Candidate {
    float score;
    int left, right;
    TokenId left_id, right_id, merged;
    bool operator<(const Candidate& other) const {
        return score != other.score ? score < other.score : left > other.left;
    }
};

class Llama2cTokenizer final : public Tokenizer {
public:
    Llama2cTokenizer(std::string bytes, const std::vector<Record>& records) : bytes_(std::move(bytes)) {
        pieces_.reserve(records.size());
        for (const auto& record : records) {
            const auto id = static_cast<TokenId>(pieces_.size());
            pieces_.emplace_back(record.piece);
            scores_.push_back(record.score);
            ids_.emplace(pieces_.back(), id);
        }
        for (int byte = 0; byte < 256; ++byte) {
            const TokenId id = kFirstByte + byte;
            const bool present = id < vocab_size() && byte_of_piece(at(id)) == static_cast<unsigned char>(byte);
            byte_ids_[static_cast<std::size_t>(byte)] = present ? id : kUnknown;
        }
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
                encode_segment(segment.text, &ids);
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
        const auto found = ids_.find(std::string(piece));
        return found == ids_.end() ? std::nullopt : std::optional(found->second);
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

    void encode_segment(std::string_view text, std::vector<TokenId>* ids) const {
        std::vector<TokenId> characters;
        if (const auto space = find_piece(" ")) characters.push_back(*space);
        for (std::size_t begin = 0; begin < text.size();) {
            std::size_t end = begin + 1;
            while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
            const std::string_view character = text.substr(begin, end - begin);
            if (const auto id = find_piece(character)) {
                characters.push_back(*id);
            } else {
                for (const char byte : character) characters.push_back(byte_ids_[static_cast<unsigned char>(byte)]);
            }
            begin = end;
        }
        merge(characters, ids);
    }

    std::optional<TokenId> find_piece(std::string_view piece) const {
        const auto found = ids_.find(std::string(piece));
        return found == ids_.end() ? std::nullopt : std::optional(found->second);
    }

    /// Merges the pair with the best score, the leftmost of equals, until no pair is a piece.
    void merge(const std::vector<TokenId>& characters, std::vector<TokenId>* ids) const {
        std::vector<Symbol> symbols;
        symbols.reserve(characters.size());
        const int count = static_cast<int>(characters.size());
        for (int i = 0; i < count; ++i) {
            symbols.push_back({characters[static_cast<std::size_t>(i)], i - 1, i + 1 < count ? i + 1 : -1});
        }
        std::priority_queue<Candidate> queue;
        const auto symbol = [&](int i) -> Symbol& { return symbols[static_cast<std::size_t>(i)]; };
        const auto consider = [&](int left, int right) {
            if (left < 0 || right < 0) return;
            const TokenId left_id = symbol(left).id, right_id = symbol(right).id;
            const auto merged = find_piece(at(left_id) + at(right_id));
            if (!merged) return;
            const float score = scores_[static_cast<std::size_t>(*merged)];
            if (score > kLowestScore) queue.push({score, left, right, left_id, right_id, *merged});
        };
        for (int i = 0; i + 1 < count; ++i) consider(i, i + 1);
        while (!queue.empty()) {
            const Candidate best = queue.top();
            queue.pop();
            Symbol& left = symbol(best.left);
            Symbol& right = symbol(best.right);
            if (left.id != best.left_id || right.id != best.right_id || left.next != best.right) continue;
            left.id = best.merged;
            left.next = right.next;
            right.id = -1;
            if (left.next >= 0) symbol(left.next).previous = best.left;
            consider(left.previous, best.left);
            consider(best.left, left.next);
        }
        for (const auto& left : symbols) {
            if (left.id >= 0) ids->push_back(left.id);
        }
    }

    std::string bytes_;
    std::vector<std::string> pieces_;
    std::vector<float> scores_;
    std::unordered_map<std::string, TokenId> ids_;
    std::array<TokenId, 256> byte_ids_{};
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
