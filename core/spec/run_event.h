// What a run says while it works: plain events, their JSON, and the sink that takes them.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/json.h"

namespace molt {

/// Values of one step; they become points of the series with the same key ("loss", "loss_kl", "eval/kl", ...).
/// `step` counts from 1 through the whole run (all stages).
struct StepMetrics {
    std::int64_t step = 0;
    std::vector<std::pair<std::string, double>> values;
};
/// Where the run stands; drives the progress line and the status bar. eta_seconds: to the end of the run,
/// or of its loading or converting; < 0: not known yet.
struct Progress {
    std::int64_t stage_index = 0, num_stages = 0;
    std::string stage, phase;          ///< phase: loading, converting, training, evaluating, saving
    std::int64_t step = 0, steps = 0;  ///< whole run
    std::int64_t tokens = 0;
    double tokens_per_second = 0.0, eta_seconds = -1.0;
};
struct SampleText {
    std::int64_t step = 0;
    std::string prompt, text;
};
struct CheckpointSaved {
    std::int64_t step = 0;
    std::string path;
    std::int64_t bytes = 0;
};
struct LogLine {
    std::string level, topic, text;
};
struct StateChanged {
    std::string state;  ///< starting, running, held, released, stopped
    std::int64_t attempt = 1;
};
struct RunFinished {
    std::int64_t step = 0;
    std::string model_path;
};
struct RunFailed {
    std::string code, message, hint;
};

struct RunEvent {
    std::int64_t seq = 0;  ///< given by the store, from 1 without gaps
    double time = 0.0;     ///< seconds since the epoch
    std::variant<StepMetrics, Progress, SampleText, CheckpointSaved, LogLine, StateChanged, RunFinished, RunFailed> body;
};

/// "metrics", "progress", "sample", "checkpoint", "log", "state", "finished", "failed".
std::string event_kind(const RunEvent& event);
json body_to_json(const RunEvent& event);
/// Throws Error(BadFile) for an unknown kind or a missing key.
RunEvent event_from_json(std::int64_t seq, double time, const std::string& kind, const json& body);
/// Unit of a series key: "nats" for losses and KL, "tokens/s", ""...
std::string series_unit(const std::string& key);

class RunEventSink {
public:
    virtual ~RunEventSink() = default;
    /// Takes the event; `time` 0 means now. Never throws and never blocks on a slow disk. Called from the run's thread.
    virtual void emit(RunEvent event) noexcept = 0;
};

}  // namespace molt
