// Sinks that need no database: JSON lines for people and scripts, and a tee.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <iosfwd>
#include <mutex>
#include <vector>

#include "core/spec/run_event.h"

namespace molt {

/// The event as `--print-events` writes it: {"seq", "time", "kind", ...the keys of the body}.
json event_to_json(const RunEvent& event);

/// One JSON document a line, flushed; `seq` is counted here, from 1. Invalid UTF-8 becomes U+FFFD. Any thread.
class JsonLinesSink : public RunEventSink {
public:
    explicit JsonLinesSink(std::ostream& out) : out_(out) {}
    void emit(RunEvent event) noexcept override;

private:
    std::mutex mutex_;
    std::ostream& out_;
    std::int64_t seq_ = 0;
};

/// Gives each event to all of its sinks, with the same time. The sinks are borrowed and outlive the tee.
class TeeSink : public RunEventSink {
public:
    explicit TeeSink(std::vector<RunEventSink*> sinks) : sinks_(std::move(sinks)) {}
    void emit(RunEvent event) noexcept override;

private:
    std::vector<RunEventSink*> sinks_;
};

}  // namespace molt
