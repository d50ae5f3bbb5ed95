// Rows out of the token stream.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/packing.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "core/base/error.h"

namespace molt {

namespace {

constexpr std::int64_t kMasked = -100;

struct RowView {
    std::int64_t* ids;
    std::int64_t* targets;
    std::int64_t* segments;
};

struct RowFacts {
    std::int64_t valid = 0, documents = 0;
};

RowFacts fill_row(const Corpus& corpus, std::int64_t start, std::int64_t length, const RowView& row) {
    const std::int64_t end = corpus.num_tokens();
    auto next_start = std::upper_bound(corpus.starts.begin(), corpus.starts.end(), start);
    RowFacts facts{.valid = 0, .documents = 1};
    for (std::int64_t t = 0; t < length; ++t) {
        const std::int64_t place = start + t;
        if (next_start != corpus.starts.end() && place == *next_start) {
            ++next_start;
            ++facts.documents;
        }
        const bool last_of_document = next_start != corpus.starts.end() ? place + 1 == *next_start : place + 1 >= end;
        row.ids[t] = place < end ? corpus.tokens[static_cast<std::size_t>(place)] : 0;
        const bool masked =
            last_of_document || (!corpus.masked.empty() && corpus.masked[static_cast<std::size_t>(place + 1)]);
        row.targets[t] = masked ? kMasked : corpus.tokens[static_cast<std::size_t>(place + 1)];
        row.segments[t] = facts.documents - 1;
        facts.valid += masked ? 0 : 1;
    }
    return facts;
}

}  // namespace

Batch pack_rows(const Corpus& corpus, std::span<const std::int64_t> starts, std::int64_t length) {
    const auto rows = static_cast<std::int64_t>(starts.size());
    Batch batch;
    batch.starts.assign(starts.begin(), starts.end());
    batch.ids_BT = at::empty({rows, length}, at::kLong);
    batch.target_BT = at::empty({rows, length}, at::kLong);
    at::Tensor segment_BT = at::empty({rows, length}, at::kLong);
    bool several_documents = false;
    for (std::int64_t b = 0; b < rows; ++b) {
        const std::int64_t start = starts[static_cast<std::size_t>(b)];
        MOLT_ASSERT(start >= 0 && start < corpus.num_tokens());
        const RowView row{batch.ids_BT.mutable_data_ptr<std::int64_t>() + b * length,
                          batch.target_BT.mutable_data_ptr<std::int64_t>() + b * length,
                          segment_BT.mutable_data_ptr<std::int64_t>() + b * length};
        const RowFacts facts = fill_row(corpus, start, length, row);
        batch.valid_tokens += facts.valid;
        several_documents = several_documents || facts.documents > 1;
    }
    if (several_documents) batch.segment_BT = segment_BT;
    return batch;
}

std::vector<Batch> evaluation_batches(const Corpus& corpus, std::int64_t batch_size, std::int64_t length,
                                      std::int64_t max_tokens) {
    const std::int64_t all_rows = (corpus.num_tokens() - 1 + length - 1) / length;
    const std::int64_t rows =
        corpus.num_tokens() < 2 ? 0 : std::min(all_rows, std::max<std::int64_t>(1, max_tokens / length));
    std::vector<Batch> batches;
    for (std::int64_t first = 0; first < rows; first += batch_size) {
        std::vector<std::int64_t> starts;
        for (std::int64_t row = first; row < std::min(rows, first + batch_size); ++row) starts.push_back(row * length);
        Batch batch = pack_rows(corpus, starts, length);
        if (batch.valid_tokens > 0) batches.push_back(std::move(batch));
    }
    return batches;
}

}  // namespace molt
