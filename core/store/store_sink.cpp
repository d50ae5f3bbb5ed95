// The buffer between a run and its database. State is behind one mutex; the disk is only touched without it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/store_sink.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/platform.h"
#include "core/base/text.h"

namespace molt {

namespace {

/// Events that tell how the run ends or where it can go on are never dropped.
bool is_essential(const RunEvent& event) {
    return !std::holds_alternative<StepMetrics>(event.body) && !std::holds_alternative<Progress>(event.body) &&
           !std::holds_alternative<LogLine>(event.body);
}

void keep_last_progress(std::vector<RunEvent>& events) {
    bool seen = false;
    std::vector<RunEvent> kept;
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
        const bool progress = std::holds_alternative<Progress>(event->body);
        if (!progress || !seen) kept.push_back(std::move(*event));
        seen = seen || progress;
    }
    events.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
}

}  // namespace

struct StoreSink::Impl {
    Impl(const std::filesystem::path& database, RunId run_id, std::int64_t run_attempt, const StoreSinkOptions& given)
        : options(given), run(run_id), attempt(run_attempt), store(database), heart_store(database) {
        store.set_busy_timeout(options.busy_timeout);
        heart_store.set_busy_timeout(options.busy_timeout);
    }

    void emit(RunEvent event);
    void flush_loop(const std::stop_token& stop);
    void heartbeat_loop(const std::stop_token& stop);
    void write_waiting();
    bool try_to_write(Failure& failure);

    const StoreSinkOptions options;
    const RunId run;
    const std::int64_t attempt;
    ExperimentStore store;        ///< of the flush thread
    ExperimentStore heart_store;  ///< of the heartbeat thread
    std::vector<RunEvent> batch;  ///< of the flush thread: taken from `waiting`, not yet in the database
    bool failing = false;         ///< of the flush thread

    mutable std::mutex mutex;
    std::condition_variable_any wake, written;
    std::vector<RunEvent> waiting;
    std::int64_t emitted = 0, settled = 0, dropped = 0, failures = 0;
    bool flush_wanted = false;

    // Last, so that they end before what they use.
    std::jthread heart, flusher;
};

void StoreSink::Impl::emit(RunEvent event) {
    if (event.time == 0) event.time = wall_clock();
    const std::scoped_lock lock(mutex);
    const bool full = emitted - settled >= static_cast<std::int64_t>(options.buffered_events);
    if (full && !is_essential(event)) {
        ++dropped;
        return;
    }
    waiting.push_back(std::move(event));
    ++emitted;
    if (waiting.size() >= options.batch_events) wake.notify_all();
}

/// Writes `batch` in transactions of bounded size; what could not be written stays in it.
bool StoreSink::Impl::try_to_write(Failure& failure) {
    constexpr std::size_t kLargestTransaction = 4096;
    try {
        while (!batch.empty()) {
            const std::size_t count = std::min(batch.size(), kLargestTransaction);
            store.append(run, attempt, std::span(batch).first(count));
            batch.erase(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(count));
        }
        return true;
    } catch (const std::exception&) {
        failure = describe_current_exception();
        return false;
    }
}

void StoreSink::Impl::write_waiting() {
    std::int64_t target = 0;
    {
        const std::scoped_lock lock(mutex);
        batch.insert(batch.end(), std::make_move_iterator(waiting.begin()), std::make_move_iterator(waiting.end()));
        waiting.clear();
        flush_wanted = false;
        target = emitted;
    }
    keep_last_progress(batch);
    Failure failure;
    const bool stored = try_to_write(failure);
    // One line for an outage, not one for each attempt.
    if (!stored && !failing) log::warn("store", join(failure.message, " Events are kept and written later."));
    if (stored && failing) log::info("store", "The experiment database can be written again.");
    failing = !stored;
    {
        const std::scoped_lock lock(mutex);
        if (stored) settled = target;
        failures += stored ? 0 : 1;
    }
    written.notify_all();
}

void StoreSink::Impl::flush_loop(const std::stop_token& stop) {
    constexpr int kRetryIntervals = 5;
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock(mutex);
            wake.wait_for(lock, stop, options.flush_interval * (failing ? kRetryIntervals : 1),
                          [&] { return flush_wanted || (!failing && waiting.size() >= options.batch_events); });
        }
        write_waiting();
    }
    write_waiting();
}

void StoreSink::Impl::heartbeat_loop(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        try {
            heart_store.heartbeat(run);
        } catch (const std::exception&) {
            // The flush thread meets the same trouble and reports it.
        }
        std::unique_lock lock(mutex);
        wake.wait_for(lock, stop, options.heartbeat_interval, [] { return false; });
    }
}

StoreSink::StoreSink(const std::filesystem::path& database, RunId run, std::int64_t attempt,
                     const StoreSinkOptions& options)
    : impl_(std::make_unique<Impl>(database, run, attempt, options)) {
    Impl* impl = impl_.get();
    impl->heart = std::jthread([impl](const std::stop_token& stop) { impl->heartbeat_loop(stop); });
    impl->flusher = std::jthread([impl](const std::stop_token& stop) { impl->flush_loop(stop); });
}

StoreSink::~StoreSink() {
    impl_->heart.request_stop();
    impl_->flusher.request_stop();
    impl_->heart.join();
    impl_->flusher.join();
    const std::int64_t lost = impl_->emitted - impl_->settled + impl_->dropped;
    if (lost > 0) log::error("store", join(lost, " events of run ", impl_->run, " could not be stored."));
}

void StoreSink::emit(RunEvent event) noexcept {
    try {
        impl_->emit(std::move(event));
    } catch (const std::exception&) {
        // Out of memory: the event is lost, the run goes on.
    }
}

bool StoreSink::flush() noexcept {
    std::unique_lock lock(impl_->mutex);
    const std::int64_t target = impl_->emitted, failures_before = impl_->failures;
    impl_->flush_wanted = true;
    impl_->wake.notify_all();
    impl_->written.wait(lock, [&] { return impl_->settled >= target || impl_->failures > failures_before; });
    return impl_->settled >= target;
}

std::int64_t StoreSink::dropped() const {
    const std::scoped_lock lock(impl_->mutex);
    return impl_->dropped;
}

}  // namespace molt
