// Packing: fixed rows cut out of a corpus, with next-token targets and the documents that each row touches.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/batch.h"
#include "core/data/corpus.h"

namespace molt {

/// Rows of `length` tokens that begin at the given places of the stream. The target of a token is the one behind it;
/// it is -100 at a document's last token. A row that reaches beyond the end is filled with token 0, target -100.
/// segment_BT is undefined if no row touches two documents. Starts must lie within the stream (MOLT_ASSERT).
Batch pack_rows(const Corpus& corpus, std::span<const std::int64_t> starts, std::int64_t length);

/// The stream from its beginning, row after row, up to about `max_tokens` targets; the last row may be filled up.
/// The same corpus always gives the same batches. Empty if the corpus is.
std::vector<Batch> evaluation_batches(const Corpus& corpus, std::int64_t batch_size, std::int64_t length,
                                      std::int64_t max_tokens);

}  // namespace molt
