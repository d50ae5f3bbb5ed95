// Vocabulary: pieces by id and ids by piece, compactly: one block of text and one open-addressing table.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/tokenizer.h"

namespace molt {

class PieceTable {
public:
    /// Adds or replaces nothing: of two equal pieces the later one wins, of two equal ids both stay findable by piece.
    /// Throws Error(BadFile) for an id outside 0..kLargestId.
    void add(std::string_view piece, TokenId id);
    std::optional<TokenId> find(std::string_view piece) const;
    /// The piece of an id; nothing for an id that no piece has.
    std::optional<std::string_view> piece(TokenId id) const;
    /// Largest id plus one.
    std::int64_t size() const { return static_cast<std::int64_t>(entry_of_id_.size()); }
    std::size_t num_pieces() const { return entries_.size(); }

    static constexpr TokenId kLargestId = (1 << 24) - 1;

private:
    struct Entry {
        std::uint32_t begin, length;
        std::int32_t id;
    };
    std::string_view text(const Entry& entry) const {
        return std::string_view(text_).substr(entry.begin, entry.length);
    }
    std::size_t slot_of(std::string_view piece) const;
    void grow();

    std::string text_;
    std::vector<Entry> entries_;
    std::vector<std::int32_t> slots_;        // entry index or -1; a power of two
    std::vector<std::int32_t> entry_of_id_;  // -1: no piece
};

}  // namespace molt
