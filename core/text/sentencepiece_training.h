// Trains a small SentencePiece tokenizer from texts; used to make the demo's tokenizer.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace molt {

struct SentencePieceTraining {
    std::int64_t vocab_size = 512;       ///< upper bound; 3 marks and 256 bytes are part of it
    std::span<const std::string> marks;  ///< pieces of their own ("<|user|>"), never split or merged
};

/// A BPE model with byte fallback, <unk> 0, <s> 1, </s> 2, text taken as it is (no normalisation, no dummy prefix).
/// One thread and fixed input order: the same texts give the same bytes. Returns the content of a tokenizer.model file.
/// Throws Error(BadConfig) if the texts are too few for the library to train on.
std::string train_sentencepiece(std::span<const std::string> texts, const SentencePieceTraining& options);

}  // namespace molt
