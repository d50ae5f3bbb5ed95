// Loader: shuffled batches for ever, with an exact cursor; a thread of its own prepares the next ones.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>

#include "core/data/batch.h"
#include "core/data/corpus.h"

namespace molt {

struct LoaderOptions {
    std::int64_t batch_size = 1, sequence_length = 1;
    std::uint64_t seed = 1;
    bool shuffle = true;
    bool move_cuts = true;  ///< shuffled epochs cut the rows at other places; false: every epoch has the same rows
};

/// Cuts the stream into rows of sequence_length tokens (one more is target only). Shuffled: each epoch has its own
/// order and (with move_cuts) its own phase of the cuts, both from seed and epoch. Batches run on over the end of an
/// epoch. The same options and cursor give the same batch for ever. All functions are for one thread; the prefetching
/// thread is inside.
class Loader {
public:
    /// Throws Error(Mismatch) if the corpus is shorter than one row.
    Loader(std::shared_ptr<const Corpus> corpus, const LoaderOptions& options);
    ~Loader();
    Loader(Loader&&) noexcept;
    Loader& operator=(Loader&&) noexcept;

    Batch next();
    /// Of the batch that next() will give; index counts rows.
    DataCursor cursor() const;
    /// Throws Error(Mismatch) for a cursor outside of the data.
    void seek(const DataCursor& cursor);
    std::int64_t rows() const;  ///< per epoch

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace molt
