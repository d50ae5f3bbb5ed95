// Records -> packed rows -> batches, shuffled with a seed, with an exact cursor; a thread of its own prefetches.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/data/batch.h"
#include "core/spec/stage_config.h"
#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

namespace molt {

/// Tokenised documents of one source. Text files: one document per file or, where lines are separated by blank lines or
/// `<|endoftext|>`, per block; JSONL: "text", or "messages" through the chat template. Throws Error(NotFound),
/// Error(BadFile) with the line, Error(Mismatch) if no token is left.
struct Corpus {
    std::vector<std::vector<TokenId>> documents;
    std::int64_t num_tokens() const;
    static Corpus read(const DataSource& source, const Tokenizer& tokenizer, const ChatTemplate& chat_template);
};

struct TrainAndHeldOut {
    Corpus train, held_out;
};
/// Splits by HeldOut: a file of its own, or the last share of the documents (of the tokens if there is one document).
TrainAndHeldOut read_corpora(const DataSource& source, const HeldOut& held_out, const Tokenizer& tokenizer,
                             const ChatTemplate& chat_template);

/// Cuts the concatenated documents into rows of `sequence_length` + 1 tokens (the last is target only), shuffled anew
/// each epoch by seed and epoch; the same (seed, cursor) gives the same batch for ever.
class Loader {
public:
    Loader(Corpus corpus, std::int64_t batch_size, std::int64_t sequence_length, std::uint64_t seed, bool shuffle);
    ~Loader();
    Loader(Loader&&) noexcept;
    Batch next();
    DataCursor cursor() const;         ///< of the batch that next() will give
    void seek(const DataCursor& cursor);
    std::int64_t rows() const;         ///< per epoch

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace molt
