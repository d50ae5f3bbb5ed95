// What a SentencePiece .model file says, read and checked by us before the library sees the file.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace molt {

struct SentencePieceModel {
    enum class Type { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };
    struct Piece {
        std::string text;
        float score = 0;
        Type type = Type::Normal;
    };
    std::vector<Piece> pieces;
    std::string unknown_surface = " \xE2\x81\x87 ";  ///< what decoding writes for the unknown piece
    bool add_dummy_prefix = true, remove_extra_whitespaces = true;
};

/// Reads the protobuf message (sentencepiece_model.proto) and refuses what could lead the library out of its arrays:
/// cut-off fields, scores that are not finite, a normalisation trie that points outside itself.
/// Throws Error(BadFile) naming `origin`.
SentencePieceModel parse_sentencepiece_model(std::string_view bytes, std::string_view origin);

/// True if the bytes begin as such a message does: a first field "pieces" that is not empty.
bool looks_like_sentencepiece_model(std::string_view bytes);

}  // namespace molt
