// Merging: a scan for short words, a heap for long ones; both give the same result.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/bpe.h"

#include <algorithm>
#include <cstdio>
#include <queue>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/text/byte_level.h"

namespace molt {

namespace {

constexpr std::size_t kShortWord = 48;  // symbols; beyond, the heap is faster than scanning (tests/bench)

std::size_t character_length(std::string_view text, std::size_t at) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    return end - at;
}

struct Symbol {
    std::int32_t id;
    std::int32_t previous, next;
};

struct Candidate {
    std::int32_t rank, left, right, left_id, right_id, merged;
    bool operator<(const Candidate& other) const { return rank != other.rank ? rank > other.rank : left > other.left; }
};

}  // namespace

void MergeList::add(std::string_view left, std::string_view right, std::int32_t rank) {
    entries_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(left.size()),
                        static_cast<std::uint32_t>(right.size()), rank});
    text_.append(left).append(right);
}

MergeList::Merge MergeList::at(std::size_t i) const {
    const Entry& entry = entries_[i];
    const std::string_view text(text_);
    return {text.substr(entry.begin, entry.left_length),
            text.substr(entry.begin + entry.left_length, entry.right_length), entry.rank};
}

Bpe::Bpe(PieceTable pieces, const MergeList& merges, BpeOptions options)
    : pieces_(std::move(pieces)), options_(std::move(options)) {
    const auto id_of = [&](std::string_view piece) {
        const auto id = pieces_.find(piece);
        return id ? static_cast<std::int32_t>(*id) : -1;
    };
    char name[8];
    for (unsigned byte = 0; byte < 256; ++byte) {
        byte_ids_[byte] = id_of(byte_level_character(static_cast<unsigned char>(byte)));
        std::snprintf(name, sizeof name, "<0x%02X>", byte);
        fallback_ids_[byte] = id_of(name);
        const char character = static_cast<char>(byte);
        if (byte < 128) ascii_ids_[byte] = id_of(std::string_view(&character, 1));
    }
    if (options_.unknown_piece) unknown_id_ = id_of(*options_.unknown_piece);

    std::size_t capacity = 64;
    while (capacity * 2 < merges.size() * 3) capacity *= 2;
    merges_.resize(capacity);
    std::string joined;
    for (std::size_t i = 0; i < merges.size(); ++i) {
        const auto [left, right, rank] = merges.at(i);
        joined.assign(left).append(right);
        const std::int32_t left_id = id_of(left), right_id = id_of(right), id = id_of(joined);
        if (left_id < 0 || right_id < 0 || id < 0) {
            fail(ErrorCode::BadFile,
                 join("The merge \"", left, " ", right, "\" needs pieces that are not in the vocabulary."));
        }
        add_merge(pair_of(left_id, right_id), rank, id);
    }
    check_space_borders(merges);
}

void Bpe::check_space_borders(const MergeList& merges) {
    const std::string& mark = options_.space_mark;
    words_end_before_spaces_ = !options_.ignore_merges && pieces_.find(mark).has_value();
    for (std::size_t i = 0; i < merges.size() && words_end_before_spaces_; ++i) {
        const auto merge = merges.at(i);
        words_end_before_spaces_ = !merge.right.starts_with(mark) || merge.left.ends_with(mark);
    }
}

void Bpe::add_merge(std::uint64_t pair, std::int32_t rank, std::int32_t id) {
    const std::size_t mask = merges_.size() - 1;
    std::size_t slot = (pair * 0x9E3779B97F4A7C15U >> 20) & mask;
    while (merges_[slot].pair != kNoPair && merges_[slot].pair != pair) slot = (slot + 1) & mask;
    merges_[slot] = {pair, rank, id};
}

const Bpe::MergeSlot* Bpe::find_merge(std::int32_t left, std::int32_t right) const {
    const std::uint64_t pair = pair_of(left, right);
    const std::size_t mask = merges_.size() - 1;
    for (std::size_t slot = (pair * 0x9E3779B97F4A7C15U >> 20) & mask;; slot = (slot + 1) & mask) {
        if (merges_[slot].pair == pair) return &merges_[slot];
        if (merges_[slot].pair == kNoPair) return nullptr;
    }
}

void Bpe::encode(std::string_view word, std::vector<TokenId>* ids) const {
    if (word.empty()) return;
    if (options_.ignore_merges) {
        if (const auto whole = pieces_.find(word)) return ids->push_back(*whole);
    }
    thread_local std::vector<std::int32_t> symbols;
    const std::string& mark = options_.space_mark;
    for (std::size_t begin = 0; begin < word.size();) {
        std::size_t end = word.size();
        if (words_end_before_spaces_) {
            end = begin;
            while (word.substr(end, mark.size()) == mark) end += mark.size();
            end = std::min(word.find(mark, end), word.size());
        }
        symbols.clear();
        initial_ids(word.substr(begin, end - begin), &symbols);
        emit_merged(&symbols, ids);
        begin = end;
    }
}

void Bpe::encode_bytes(std::string_view word, std::vector<TokenId>* ids) const {
    if (word.empty()) return;
    thread_local std::string visible;
    if (options_.ignore_merges) {
        visible.clear();
        for (const char byte : word) visible += byte_level_character(static_cast<unsigned char>(byte));
        if (const auto whole = pieces_.find(visible)) return ids->push_back(*whole);
    }
    thread_local std::vector<std::int32_t> symbols;
    symbols.clear();
    for (const char byte : word) {
        const std::int32_t id = byte_ids_[static_cast<unsigned char>(byte)];
        if (id < 0) return encode(to_byte_level(word), ids);
        symbols.push_back(id);
    }
    emit_merged(&symbols, ids);
}

void Bpe::emit_merged(std::vector<std::int32_t>* symbols, std::vector<TokenId>* ids) const {
    merge_into(symbols);
    ids->insert(ids->end(), symbols->begin(), symbols->end());
}

bool Bpe::fallback_bytes(std::string_view character, std::vector<std::int32_t>* ids) const {
    if (!options_.byte_fallback) return false;
    const std::size_t before = ids->size();
    for (const char byte : character) {
        const std::int32_t id = fallback_ids_[static_cast<unsigned char>(byte)];
        if (id < 0) {
            ids->resize(before);
            return false;
        }
        ids->push_back(id);
    }
    return true;
}

void Bpe::initial_ids(std::string_view word, std::vector<std::int32_t>* ids) const {
    bool unknown_before = false;  // an unknown token that is still to be written
    for (std::size_t at = 0; at < word.size();) {
        const std::size_t length = character_length(word, at);
        const std::string_view character = word.substr(at, length);
        at += length;
        std::int32_t id = -1;
        if (length == 1) {
            id = ascii_ids_[static_cast<unsigned char>(character[0]) & 0x7F];
        } else if (const auto found = pieces_.find(character)) {
            id = static_cast<std::int32_t>(*found);
        }
        if (id >= 0) {
            if (unknown_before) ids->push_back(unknown_id_);
            unknown_before = false;
            ids->push_back(id);
        } else if (!fallback_bytes(character, ids) && options_.unknown_piece) {
            if (unknown_id_ < 0)
                fail(ErrorCode::BadFile,
                     join("The unknown piece \"", *options_.unknown_piece, "\" is not in the vocabulary."));
            if (unknown_before && !options_.fuse_unknown) ids->push_back(unknown_id_);
            unknown_before = true;
        }
    }
    if (unknown_before) ids->push_back(unknown_id_);
}

void Bpe::merge_into(std::vector<std::int32_t>* ids) const {
    if (ids->size() < 2) return;
    ids->size() <= kShortWord ? merge_short(ids) : merge_long(ids);
}

void Bpe::merge_short(std::vector<std::int32_t>* ids) const {
    std::array<const MergeSlot*, kShortWord> merge_at{};  // merge of the symbols at i and i + 1
    std::int32_t* const id = ids->data();
    std::size_t count = ids->size();
    for (std::size_t i = 0; i + 1 < count; ++i) merge_at[i] = find_merge(id[i], id[i + 1]);
    while (count > 1) {
        const MergeSlot* best = nullptr;
        std::size_t at = 0;
        for (std::size_t i = 0; i + 1 < count; ++i) {
            const MergeSlot* merge = merge_at[i];
            if (merge != nullptr && (best == nullptr || merge->rank < best->rank)) {
                best = merge;
                at = i;
            }
        }
        if (best == nullptr) break;
        id[at] = best->id;
        count -= 1;
        std::copy(id + at + 2, id + count + 1, id + at + 1);
        std::copy(merge_at.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                  merge_at.begin() + static_cast<std::ptrdiff_t>(count),
                  merge_at.begin() + static_cast<std::ptrdiff_t>(at));
        if (at > 0) merge_at[at - 1] = find_merge(id[at - 1], id[at]);
        if (at + 1 < count) merge_at[at] = find_merge(id[at], id[at + 1]);
    }
    ids->resize(count);
}

void Bpe::merge_long(std::vector<std::int32_t>* ids) const {
    const auto count = static_cast<std::int32_t>(ids->size());
    std::vector<Symbol> symbols;
    symbols.reserve(ids->size());
    for (std::int32_t i = 0; i < count; ++i) {
        symbols.push_back({(*ids)[static_cast<std::size_t>(i)], i - 1, i + 1 < count ? i + 1 : -1});
    }
    const auto symbol = [&](std::int32_t i) -> Symbol& { return symbols[static_cast<std::size_t>(i)]; };
    std::priority_queue<Candidate> queue;
    const auto consider = [&](std::int32_t left, std::int32_t right) {
        if (left < 0 || right < 0) return;
        const std::int32_t left_id = symbol(left).id, right_id = symbol(right).id;
        if (const MergeSlot* merge = find_merge(left_id, right_id)) {
            queue.push({merge->rank, left, right, left_id, right_id, merge->id});
        }
    };
    for (std::int32_t i = 0; i + 1 < count; ++i) consider(i, i + 1);
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
    ids->clear();
    for (const Symbol& each : symbols) {
        if (each.id >= 0) ids->push_back(each.id);
    }
}

}  // namespace molt
