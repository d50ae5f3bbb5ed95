// SentencePiece models (tokenizer.model): ids by the SentencePiece library, special tokens and decoding by us.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/text/tokenizer.h"

namespace molt {

/// Loads the bytes of a .model file. Control symbols written out in a text become their ids; what stands between two
/// of them is encoded on its own, as Meta's and Hugging Face's programs do. Throws Error(BadFile) naming `origin`.
std::shared_ptr<const Tokenizer> parse_sentencepiece_tokenizer(std::string bytes, std::string_view origin);

}  // namespace molt
