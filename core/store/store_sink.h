// StoreSink: events of a run on their way into the database, through a buffer and a thread of its own.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/spec/run_event.h"
#include "core/store/experiment_store.h"

namespace molt {

struct StoreSinkOptions {
    std::chrono::milliseconds flush_interval{200};
    std::chrono::milliseconds heartbeat_interval{1000};
    std::chrono::milliseconds busy_timeout{5000};  ///< how long a write waits for another process
    std::size_t batch_events = 256;                ///< that many waiting events are written at once
    std::size_t buffered_events = 100000;          ///< beyond that, metrics, progress and log lines are dropped
};

/// Writes batches of events, one transaction each, and the run's heartbeat. Two threads of its own, each with its own
/// connection; emit() only takes a mutex. A busy or full disk delays events, it does not stop the run: they are kept
/// and tried again. Of several Progress events in a batch only the last is stored.
class StoreSink : public RunEventSink {
public:
    /// Throws Error(Database) if the database cannot be opened.
    StoreSink(const std::filesystem::path& database, RunId run, std::int64_t attempt,
              const StoreSinkOptions& options = {});
    /// One last flush; what cannot be written then is lost, and the log says how much.
    ~StoreSink() override;
    StoreSink(const StoreSink&) = delete;
    StoreSink& operator=(const StoreSink&) = delete;

    void emit(RunEvent event) noexcept override;
    /// Waits until everything emitted before is in the database; false if writing failed.
    bool flush() noexcept;
    /// Events that were lost because the buffer was full.
    std::int64_t dropped() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace molt
