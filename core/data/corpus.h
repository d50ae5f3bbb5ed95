// Corpus: the tokenised documents of a source as one stream, and its split into training and held-out data.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/spec/stage_config.h"
#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

namespace molt {

/// Documents one after another: document d is tokens[starts[d]] up to the next start.
struct Corpus {
    std::vector<std::int32_t> tokens;
    std::vector<std::int64_t> starts;
    std::vector<bool> masked;  ///< true: the token is never a target; empty: every token may be

    std::int64_t num_tokens() const { return static_cast<std::int64_t>(tokens.size()); }
    std::int64_t num_documents() const { return static_cast<std::int64_t>(starts.size()); }
    /// Appends a document; one of fewer than two tokens has nothing to predict and is left out.
    /// `counts` (may be empty: all) says which tokens are targets.
    void add(std::span<const TokenId> document, const std::vector<bool>& counts = {});
    /// Documents first .. last - 1 as a corpus of their own.
    Corpus slice(std::int64_t first, std::int64_t last) const;

    /// Reads records and tokenises them, documents in parallel: text gets the begin mark in front and the end mark
    /// behind (llama2.c models end documents with the begin mark), conversations go through the template.
    /// Throws Error(NotFound), Error(BadFile) with the line, Error(Mismatch) if no token is left.
    static Corpus read(const DataSource& source, const Tokenizer& tokenizer, const ChatTemplate& chat_template);
};

struct TrainAndHeldOut {
    Corpus train, held_out;  ///< held_out is empty where none is asked for
};
/// Splits by HeldOut: a file of its own, or the last share of the documents (of the tokens where that is less than one
/// document). Training and held-out data never share a token. Throws as Corpus::read.
TrainAndHeldOut read_corpora(const DataSource& source, const HeldOut& held_out, const Tokenizer& tokenizer,
                             const ChatTemplate& chat_template);

}  // namespace molt
