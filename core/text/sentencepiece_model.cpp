// A reader for the few protobuf fields of a SentencePiece model that matter here; unknown fields are skipped.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/sentencepiece_model.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

struct Field {
    std::uint32_t number = 0;
    std::uint64_t value = 0;  // varint, or the bits of a fixed number
    std::string_view bytes;   // length-delimited
};

/// Walks over the fields of one message.
class Message {
public:
    Message(std::string_view bytes, std::string_view origin) : rest_(bytes), origin_(origin) {}

    bool next(Field* field) {
        if (rest_.empty()) return false;
        const std::uint64_t tag = varint();
        field->number = static_cast<std::uint32_t>(tag >> 3);
        field->value = 0;
        field->bytes = {};
        if (field->number == 0) broken("a field without a number");
        switch (tag & 7) {
            case 0:
                field->value = varint();
                break;
            case 1:
                field->value = fixed(8);
                break;
            case 2:
                field->bytes = take(varint());
                break;
            case 5:
                field->value = fixed(4);
                break;
            default:
                broken("a field of an unknown wire type");
        }
        return true;
    }

private:
    [[noreturn]] void broken(std::string_view what) const {
        fail(ErrorCode::BadFile, join(origin_, " is no SentencePiece model: it has ", what, "."),
             "Download the file again.");
    }
    std::string_view take(std::uint64_t length) {
        if (length > rest_.size()) broken("a field that reaches beyond the end");
        const std::string_view bytes = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return bytes;
    }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<unsigned char>(take(1)[0]);
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) return value;
        }
        broken("a number that is too long");
    }
    std::uint64_t fixed(std::size_t size) {
        std::uint64_t value = 0;
        const std::string_view bytes = take(size);
        std::memcpy(&value, bytes.data(), size);
        return value;
    }

    std::string_view rest_, origin_;
};

SentencePieceModel::Piece parse_piece(std::string_view bytes, std::string_view origin) {
    SentencePieceModel::Piece piece;
    Message message(bytes, origin);
    for (Field field; message.next(&field);) {
        if (field.number == 1) piece.text = field.bytes;
        if (field.number == 2) {
            const auto bits = static_cast<std::uint32_t>(field.value);
            std::memcpy(&piece.score, &bits, sizeof bits);
        }
        if (field.number == 3) {
            if (field.value < 1 || field.value > 6) {
                fail(ErrorCode::BadFile,
                     join(origin, ": piece \"", piece.text, "\" has the unknown type ", field.value, "."));
            }
            piece.type = static_cast<SentencePieceModel::Type>(field.value);
        }
    }
    if (!std::isfinite(piece.score)) {
        fail(ErrorCode::BadFile, join(origin, ": piece \"", piece.text, "\" has a score that is not finite."));
    }
    if (piece.text.empty() || piece.text.find('\0') != std::string::npos) {
        fail(ErrorCode::BadFile, join(origin, ": a piece is empty or contains a zero byte."));
    }
    return piece;
}

/// The library walks this double-array trie without looking at its size (darts.h), so every step that it could take
/// is taken here first. Layout: uint32 size of the trie, its units, then zero-terminated replacement texts.
void check_normalisation_map(std::string_view map, std::string_view origin) {
    const auto refuse = [&] {
        fail(ErrorCode::BadFile, join(origin, ": its normalisation map is damaged."), "Download the file again.");
    };
    if (map.empty()) return;
    std::uint32_t trie_bytes = 0;
    if (map.size() <= 4) refuse();
    std::memcpy(&trie_bytes, map.data(), 4);
    if (trie_bytes == 0 || trie_bytes % 4 != 0 || trie_bytes >= map.size() - 4) refuse();
    const std::string_view texts = map.substr(4 + trie_bytes);
    if (texts.back() != '\0') refuse();
    const std::size_t num_units = trie_bytes / 4;
    const auto unit_at = [&](std::size_t i) {
        std::uint32_t unit = 0;
        std::memcpy(&unit, map.data() + 4 + 4 * i, 4);
        return unit;
    };
    for (std::size_t i = 0; i < num_units; ++i) {
        const std::uint32_t unit = unit_at(i);
        const bool is_value = (unit >> 31) != 0, has_leaf = ((unit >> 8) & 1) != 0;
        if (is_value) continue;
        const std::size_t offset = static_cast<std::size_t>(unit >> 10) << ((unit & (1U << 9)) >> 6);
        const std::size_t child = i ^ offset;
        if ((child | 255) >= num_units) refuse();
        if (has_leaf && (unit_at(child) & 0x7FFFFFFFU) >= texts.size()) refuse();
    }
}

}  // namespace

SentencePieceModel parse_sentencepiece_model(std::string_view bytes, std::string_view origin) {
    SentencePieceModel model;
    Message message(bytes, origin);
    for (Field field; message.next(&field);) {
        if (field.number == 1) model.pieces.push_back(parse_piece(field.bytes, origin));
        if (field.number == 2) {
            Message trainer(field.bytes, origin);
            for (Field option; trainer.next(&option);) {
                if (option.number == 44) model.unknown_surface = option.bytes;
            }
        }
        if (field.number == 3 || field.number == 5) {
            Message normaliser(field.bytes, origin);
            for (Field option; normaliser.next(&option);) {
                if (option.number == 2) check_normalisation_map(option.bytes, origin);
                if (field.number == 3 && option.number == 3) model.add_dummy_prefix = option.value != 0;
                if (field.number == 3 && option.number == 4) model.remove_extra_whitespaces = option.value != 0;
            }
        }
    }
    if (model.pieces.empty()) fail(ErrorCode::BadFile, join(origin, " is no SentencePiece model: it has no pieces."));
    return model;
}

bool looks_like_sentencepiece_model(std::string_view bytes) {
    return bytes.size() > 2 && bytes[0] == '\x0A' && bytes[1] != '\0' && bytes[2] == '\x0A';
}

}  // namespace molt
