// Sinks that need no database. A sink never throws: what it cannot write is lost, the run goes on.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/event_sinks.h"

#include <exception>
#include <ostream>

#include "core/base/platform.h"

namespace molt {

json event_to_json(const RunEvent& event) {
    json line = {{"seq", event.seq}, {"time", event.time}, {"kind", event_kind(event)}};
    line.update(body_to_json(event));
    return line;
}

void JsonLinesSink::emit(RunEvent event) noexcept {
    try {
        const std::scoped_lock lock(mutex_);
        event.seq = ++seq_;
        if (event.time == 0) event.time = wall_clock();
        out_ << event_to_json(event).dump(-1, ' ', false, json::error_handler_t::replace) << '\n'
             << std::flush;
    } catch (const std::exception&) {
        // A closed pipe or a lack of memory must not stop the run; the database has the event.
    }
}

void TeeSink::emit(RunEvent event) noexcept {
    if (event.time == 0) event.time = wall_clock();
    for (RunEventSink* sink : sinks_) {
        try {
            sink->emit(event);
        } catch (const std::exception&) {
            // Copying the event may fail for lack of memory.
        }
    }
}

}  // namespace molt
