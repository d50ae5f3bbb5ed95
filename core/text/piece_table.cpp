// Open addressing with linear probing, at most half full.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/piece_table.h"

#include <functional>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

std::size_t PieceTable::slot_of(std::string_view piece) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = std::hash<std::string_view>{}(piece)&mask;
    while (slots_[slot] >= 0 && text(entries_[static_cast<std::size_t>(slots_[slot])]) != piece) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

void PieceTable::grow() {
    slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, -1);
    for (std::size_t i = 0; i < entries_.size(); ++i) slots_[slot_of(text(entries_[i]))] = static_cast<std::int32_t>(i);
}

void PieceTable::add(std::string_view piece, TokenId id) {
    if (id < 0 || id > kLargestId) {
        fail(ErrorCode::BadFile, join("The piece \"", piece, "\" has the impossible id ", id, "."));
    }
    if ((entries_.size() + 1) * 2 > slots_.size()) grow();
    const std::size_t slot = slot_of(piece);
    std::int32_t index = slots_[slot];
    if (index < 0) {
        index = static_cast<std::int32_t>(entries_.size());
        entries_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(piece.size()), 0});
        text_ += piece;
        slots_[slot] = index;
    }
    entries_[static_cast<std::size_t>(index)].id = static_cast<std::int32_t>(id);
    if (id >= size()) entry_of_id_.resize(static_cast<std::size_t>(id) + 1, -1);
    entry_of_id_[static_cast<std::size_t>(id)] = index;
}

std::optional<TokenId> PieceTable::find(std::string_view piece) const {
    if (slots_.empty()) return std::nullopt;
    const std::int32_t index = slots_[slot_of(piece)];
    if (index < 0) return std::nullopt;
    return entries_[static_cast<std::size_t>(index)].id;
}

std::optional<std::string_view> PieceTable::piece(TokenId id) const {
    if (id < 0 || id >= size()) return std::nullopt;
    const std::int32_t index = entry_of_id_[static_cast<std::size_t>(id)];
    if (index < 0) return std::nullopt;
    return text(entries_[static_cast<std::size_t>(index)]);
}

}  // namespace molt
