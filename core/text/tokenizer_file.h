// A tokenizer.json as data: the two long lists (vocabulary, merges) compactly, everything else as JSON.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/text/bpe.h"
#include "core/text/piece_table.h"

namespace molt {

struct TokenizerFile {
    json root;  ///< without model.vocab and model.merges
    PieceTable vocabulary;
    MergeList merges;
};

/// Reads the text in one pass; an ordered JSON object of 128,000 keys would take minutes. Merges may be "a b" or
/// ["a", "b"]. Throws Error(BadFile) naming `origin` and what is wrong.
TokenizerFile read_tokenizer_file(std::string_view text, std::string_view origin);

}  // namespace molt
