// The worker's side of workbench.md 5.3: the row is the lock, wanted_state is the only control, the lease guards the
// device. SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/run_host.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "app/molt/version.h"
#include "core/base/log.h"
#include "core/base/platform.h"
#include "core/base/text.h"
#include "core/spec/event_sinks.h"
#include "core/spec/recipe.h"
#include "core/store/store_sink.h"
#include "core/train/run_pipeline.h"
#include "core/train/trainer_state.h"

namespace molt::app {

namespace {

std::atomic<int> g_signals{0};

void on_signal(int) {
    // The second one does not wait for a checkpoint.
    if (g_signals.fetch_add(1) > 0) ::_exit(130);
}

class SignalGuard {
public:
    SignalGuard() {
        g_signals = 0;
        interrupt_ = std::signal(SIGINT, on_signal);
        terminate_ = std::signal(SIGTERM, on_signal);
    }
    ~SignalGuard() {
        std::signal(SIGINT, interrupt_);
        std::signal(SIGTERM, terminate_);
    }
    SignalGuard(const SignalGuard&) = delete;
    SignalGuard& operator=(const SignalGuard&) = delete;

private:
    void (*interrupt_)(int);
    void (*terminate_)(int);
};

/// Releases the lease when the attempt ends, however it ends.
class Lease {
public:
    Lease(ExperimentStore& store, std::string device, const std::string& holder)
        : store_(store), device_(std::move(device)) {
        std::string current;
        if (!store_.take_lease(device_, holder, &current)) {
            fail(ErrorCode::Busy, join("The device ", device_, " is in use by ", current, "."),
                 "Wait until it ends, or stop it with molt runs stop.");
        }
    }
    ~Lease() {
        try {
            store_.release_lease(device_);
        } catch (const Error& error) {
            log::warn("lease", error.what());
        }
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

private:
    ExperimentStore& store_;
    std::string device_;
};

/// Reads the wish between steps; a database that is busy for a moment means: go on as before.
class WishReader {
public:
    WishReader(ExperimentStore& store, RunId id, RunEventSink& sink, std::int64_t attempt)
        : store_(store), id_(id), sink_(sink), attempt_(attempt) {}

    Wish operator()() {
        if (g_signals.load() > 0) return Wish::StopSave;
        try {
            const std::string wanted = store_.wanted(id_);
            if (wanted == "save_now" || wanted == "eval_now") {
                store_.acknowledge(id_, wanted, held_ ? "hold" : "run");
                return wanted == "save_now" ? Wish::SaveNow : Wish::EvalNow;
            }
            hold(wanted == "hold");
            if (wanted == "hold") return Wish::Hold;
            if (wanted == "release") return Wish::Release;
            if (wanted == "stop_save") return Wish::StopSave;
            if (wanted == "stop_discard") return Wish::StopDiscard;
        } catch (const Error& error) {
            // A row that was deleted under the worker cannot be asked any more.
            if (error.code() == ErrorCode::NotFound) return Wish::StopDiscard;
        }
        return Wish::Run;
    }

private:
    void hold(bool on) {
        if (on == held_) return;
        held_ = on;
        const std::string state = on ? "held" : "running";
        store_.set_state(id_, state);
        sink_.emit({0, 0, StateChanged{state, attempt_}});
    }
    ExperimentStore& store_;
    RunId id_;
    RunEventSink& sink_;
    std::int64_t attempt_;
    bool held_ = false;
};

/// Keeps `stage` of the row as the events tell it.
class StageSink : public RunEventSink {
public:
    StageSink(ExperimentStore& store, RunId id) : store_(store), id_(id) {}
    void emit(RunEvent event) noexcept override {
        const auto* progress = std::get_if<Progress>(&event.body);
        if (progress == nullptr || progress->stage.empty() || progress->stage == stage_) return;
        try {
            store_.set_stage(id_, progress->stage);
            stage_ = progress->stage;
        } catch (...) {
            // Tried again with the next event; the stage of a list is not worth a run.
        }
    }

private:
    ExperimentStore& store_;
    RunId id_;
    std::string stage_;
};

std::string final_state(const RunOutcome& outcome) {
    switch (outcome.end) {
        case RunEnd::Completed:
            return "completed";
        case RunEnd::Released:
            return "released";
        case RunEnd::Failed:
            return "failed";
        default:
            return "stopped";
    }
}

RunOutcome work(ExperimentStore& store, const RunRow& row, RunEventSink& sink) {
    RunOutcome outcome;
    const Lease lease(store, "cpu", join("run ", row.id, " (", row.name, ")"));
    store.set_device(row.id, "cpu");
    store.set_state(row.id, "running");
    sink.emit({0, 0, StateChanged{"running", row.attempt}});
    const RunConfig config = recipe_from_json(parse_json(row.config, join("run ", row.id)), join("run ", row.id));
    WishReader poll(store, row.id, sink, row.attempt);
    const std::filesystem::path folder = store.run_folder(row.id);
    const auto checkpoint = row.attempt > 1 ? newest_checkpoint(folder) : std::nullopt;
    const PipelineResult result = run_pipeline(config, folder, sink, std::ref(poll), checkpoint);
    outcome.model = result.model;
    outcome.step = result.step;
    outcome.by_signal = g_signals.load() > 0;
    if (result.end == StageEnd::Stopped) outcome.end = RunEnd::Stopped;
    if (result.end == StageEnd::Released) outcome.end = RunEnd::Released;
    return outcome;
}

}  // namespace

RunOutcome host_run(const std::filesystem::path& database, RunId id, RunEventSink* extra) {
    ExperimentStore store(database);
    if (!store.run(id)) fail(ErrorCode::NotFound, join("There is no run ", id, "."), "molt runs lists them.");
    RunOutcome outcome;
    if (!store.claim(id, current_pid(), code_version())) {
        outcome.end = RunEnd::NotClaimed;
        return outcome;
    }
    const RunRow row = *store.run(id);
    std::filesystem::create_directories(store.run_folder(id));
    const SignalGuard signals;
    StoreSink stored(database, id, row.attempt);
    StageSink stages(store, id);
    std::vector<RunEventSink*> sinks = {&stages, &stored};
    if (extra != nullptr) sinks.insert(sinks.begin(), extra);
    TeeSink sink(sinks);
    sink.emit({0, 0, StateChanged{"starting", row.attempt}});
    try {
        outcome = work(store, row, sink);
        if (outcome.end == RunEnd::Completed) sink.emit({0, 0, RunFinished{outcome.step, outcome.model.string()}});
    } catch (...) {
        outcome.end = RunEnd::Failed;
        outcome.failure = describe_current_exception();
        sink.emit(
            {0, 0,
             RunFailed{std::string(code_name(outcome.failure.code)), outcome.failure.message, outcome.failure.hint}});
    }
    if (outcome.end == RunEnd::Stopped || outcome.end == RunEnd::Released)
        sink.emit({0, 0, StateChanged{final_state(outcome), row.attempt}});
    stored.flush();
    store.set_state(id, final_state(outcome));
    return outcome;
}

}  // namespace molt::app
