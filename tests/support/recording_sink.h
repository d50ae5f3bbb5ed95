// A sink that keeps every event, and short ways to ask what was said. For tests only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/spec/run_event.h"

namespace molt {

class RecordingSink : public RunEventSink {
public:
    void emit(RunEvent event) noexcept override { events.push_back(std::move(event)); }

    /// Values of one series by step, in the order of the steps.
    std::map<std::int64_t, double> series(const std::string& key) const {
        std::map<std::int64_t, double> points;
        for (const StepMetrics& metrics : all<StepMetrics>()) {
            for (const auto& [name, value] : metrics.values) {
                if (name == key) points[metrics.step] = value;
            }
        }
        return points;
    }
    template <class Body>
    std::vector<Body> all() const {
        std::vector<Body> found;
        for (const RunEvent& event : events) {
            if (const auto* body = std::get_if<Body>(&event.body)) found.push_back(*body);
        }
        return found;
    }
    bool reported_phase(const std::string& phase) const {
        for (const Progress& progress : all<Progress>()) {
            if (progress.phase == phase) return true;
        }
        return false;
    }

    std::vector<RunEvent> events;
};

}  // namespace molt
