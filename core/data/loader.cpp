// Epoch orders, and the prefetching thread with its short queue.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/loader.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <numeric>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/packing.h"

namespace molt {

namespace {

constexpr std::size_t kQueueLength = 4;

/// Where the rows of one epoch begin, in the order in which they are read.
class EpochOrder {
public:
    EpochOrder(const LoaderOptions& options, std::int64_t num_tokens) : options_(options), num_tokens_(num_tokens) {
        const std::int64_t fitting = (num_tokens - 1) / options.sequence_length;
        // One row less leaves room to move the cuts, where that costs little.
        rows_ = options.shuffle && options.move_cuts && fitting >= 8 ? fitting - 1 : fitting;
    }

    std::int64_t rows() const { return rows_; }

    std::int64_t start(std::int64_t epoch, std::int64_t index) {
        if (epoch != epoch_) prepare(epoch);
        return phase_ + order_[static_cast<std::size_t>(index)] * options_.sequence_length;
    }

private:
    void prepare(std::int64_t epoch) {
        epoch_ = epoch;
        phase_ = 0;
        order_.resize(static_cast<std::size_t>(rows_));
        std::iota(order_.begin(), order_.end(), std::int64_t{0});
        if (!options_.shuffle) return;
        std::seed_seq seeds{static_cast<std::uint32_t>(options_.seed), static_cast<std::uint32_t>(options_.seed >> 32),
                            static_cast<std::uint32_t>(epoch), static_cast<std::uint32_t>(epoch >> 32)};
        std::mt19937_64 generator(seeds);
        // Not std::shuffle: its use of the generator differs between standard libraries.
        for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[generator() % i]);
        if (!options_.move_cuts) return;
        const std::int64_t slack = num_tokens_ - 1 - rows_ * options_.sequence_length;
        phase_ = static_cast<std::int64_t>(generator() % static_cast<std::uint64_t>(slack + 1));
    }

    LoaderOptions options_;
    std::int64_t num_tokens_, rows_ = 0, epoch_ = -1, phase_ = 0;
    std::vector<std::int64_t> order_;
};

}  // namespace

struct Loader::Impl {
    Impl(std::shared_ptr<const Corpus> data, const LoaderOptions& settings)
        : corpus(std::move(data)), options(settings), order(settings, corpus->num_tokens()) {}

    void advance(DataCursor& place) const {
        place.index += options.batch_size;
        place.epoch += place.index / order.rows();
        place.index %= order.rows();
    }

    Batch make(DataCursor place) {
        std::vector<std::int64_t> starts;
        for (std::int64_t row = 0; row < options.batch_size; ++row) {
            starts.push_back(order.start(place.epoch, place.index));
            if (++place.index == order.rows()) {
                place.index = 0;
                ++place.epoch;
            }
        }
        return pack_rows(*corpus, starts, options.sequence_length);
    }

    void prefetch(const std::stop_token& stop) {
        std::unique_lock lock(mutex);
        while (changed.wait(lock, stop, [&] { return queue.size() < kQueueLength; })) {
            const DataCursor place = produced;
            const std::int64_t generation = seeks;
            lock.unlock();
            Batch batch = make(place);
            lock.lock();
            if (generation != seeks) continue;
            queue.push_back(std::move(batch));
            advance(produced);
            changed.notify_all();
        }
    }

    std::shared_ptr<const Corpus> corpus;
    LoaderOptions options;
    EpochOrder order;     // the prefetching thread's, after the constructor
    DataCursor consumed;  // the caller's
    std::mutex mutex;     // guards what follows
    std::condition_variable_any changed;
    std::deque<Batch> queue;
    DataCursor produced;
    std::int64_t seeks = 0;
    std::jthread thread;  // last: stops before the rest goes
};

Loader::Loader(std::shared_ptr<const Corpus> corpus, const LoaderOptions& options) {
    MOLT_ASSERT(options.batch_size > 0 && options.sequence_length > 0);
    if (corpus->num_tokens() < options.sequence_length + 1) {
        fail(ErrorCode::Mismatch,
             join("The data has ", corpus->num_tokens(), " tokens, a row needs ", options.sequence_length + 1, "."),
             "Give more data or a smaller sequence_length.");
    }
    impl_ = std::make_unique<Impl>(std::move(corpus), options);
    impl_->thread = std::jthread([impl = impl_.get()](const std::stop_token& stop) { impl->prefetch(stop); });
}
Loader::~Loader() = default;
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;

Batch Loader::next() {
    std::unique_lock lock(impl_->mutex);
    impl_->changed.wait(lock, [&] { return !impl_->queue.empty(); });
    Batch batch = std::move(impl_->queue.front());
    impl_->queue.pop_front();
    impl_->advance(impl_->consumed);
    impl_->changed.notify_all();
    return batch;
}

DataCursor Loader::cursor() const { return impl_->consumed; }

void Loader::seek(const DataCursor& cursor) {
    if (cursor.epoch < 0 || cursor.index < 0 || cursor.index >= rows()) {
        fail(ErrorCode::Mismatch, join("The data has ", rows(), " rows; row ", cursor.index, " was to be read next."),
             "The data changed since the checkpoint was written; restore it or start a new run.");
    }
    const std::lock_guard lock(impl_->mutex);
    impl_->consumed = impl_->produced = cursor;
    impl_->queue.clear();
    ++impl_->seeks;
    impl_->changed.notify_all();
}

std::int64_t Loader::rows() const { return impl_->order.rows(); }

}  // namespace molt
