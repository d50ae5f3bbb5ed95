// Byte-pair encoding as the "BPE" model of tokenizer.json defines it: the merge of lowest rank first, leftmost of
// equals. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/piece_table.h"

namespace molt {

struct BpeOptions {
    std::optional<std::string> unknown_piece;
    bool fuse_unknown = false;   ///< neighbouring unknown characters become one unknown token
    bool byte_fallback = false;  ///< characters without a piece become "<0xXX>" pieces where all of them exist
    bool ignore_merges = false;  ///< a word that is a piece is taken whole
    std::string space_mark = "\xE2\x96\x81";  ///< begins words; if no merge crosses to it, long texts are cut there
};

/// Pairs of pieces that join, each with a rank; compact, since vocabularies have hundreds of thousands.
class MergeList {
public:
    struct Merge {
        std::string_view left, right;
        std::int32_t rank;  ///< lower ranks merge first; of equal ranks the leftmost pair in the text
    };
    void add(std::string_view left, std::string_view right, std::int32_t rank);
    /// With the next rank: merges in the order of a file.
    void add(std::string_view left, std::string_view right) { add(left, right, static_cast<std::int32_t>(size())); }
    std::size_t size() const { return entries_.size(); }
    Merge at(std::size_t i) const;

private:
    struct Entry {
        std::uint32_t begin, left_length, right_length;
        std::int32_t rank;
    };
    std::string text_;
    std::vector<Entry> entries_;
};

/// Immutable and thread-safe.
class Bpe {
public:
    /// Throws Error(BadFile) if a merge joins or makes a piece that the vocabulary lacks.
    Bpe(PieceTable pieces, const MergeList& merges, BpeOptions options);

    /// Appends the ids of one word, valid UTF-8.
    void encode(std::string_view word, std::vector<TokenId>* ids) const;
    /// Appends the ids of one word given as bytes that stand for their characters of the byte-level alphabet.
    void encode_bytes(std::string_view word, std::vector<TokenId>* ids) const;

    const PieceTable& pieces() const { return pieces_; }

private:
    struct MergeSlot {
        std::uint64_t pair = kNoPair;
        std::int32_t rank = 0, id = 0;
    };
    static constexpr std::uint64_t kNoPair = ~std::uint64_t{0};
    static std::uint64_t pair_of(std::int32_t left, std::int32_t right) {
        return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
    }

    const MergeSlot* find_merge(std::int32_t left, std::int32_t right) const;
    void add_merge(std::uint64_t pair, std::int32_t rank, std::int32_t id);
    void initial_ids(std::string_view word, std::vector<std::int32_t>* ids) const;
    bool fallback_bytes(std::string_view character, std::vector<std::int32_t>* ids) const;
    void merge_into(std::vector<std::int32_t>* ids) const;
    void merge_short(std::vector<std::int32_t>* ids) const;
    void merge_long(std::vector<std::int32_t>* ids) const;
    void emit_merged(std::vector<std::int32_t>* symbols, std::vector<TokenId>* ids) const;
    void check_space_borders(const MergeList& merges);

    PieceTable pieces_;
    BpeOptions options_;
    std::vector<MergeSlot> merges_;              // open addressing, a power of two
    std::array<std::int32_t, 256> byte_ids_{};   // id of a byte's byte-level character, -1: none
    std::array<std::int32_t, 128> ascii_ids_{};  // id of an ASCII character, -1: none
    std::array<std::int32_t, 256> fallback_ids_{};
    std::int32_t unknown_id_ = -1;
    bool words_end_before_spaces_ = false;
};

}  // namespace molt
