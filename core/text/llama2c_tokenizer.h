// llama2.c's tokenizer file (tok*.bin, tokenizer.bin): pieces with scores, greedy merges, byte fallback.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/text/tokenizer.h"

namespace molt {

/// Parses the bytes of a llama2.c tokenizer file: int32 longest piece, then float32 score, int32 length and bytes of
/// every piece until the end; the vocabulary size is their number. Id 0 is unknown, 1 begins, 2 ends, 3..258 are bytes.
/// Throws Error(BadFile) naming `origin`.
/// Source: karpathy/llama2.c, run.c (build_tokenizer, encode, decode).
std::shared_ptr<const Tokenizer> parse_llama2c_tokenizer(std::string bytes, std::string_view origin);

/// True if the bytes can only be such a file: all records are whole and end where the file ends.
bool looks_like_llama2c_tokenizer(std::string_view bytes);

}  // namespace molt
