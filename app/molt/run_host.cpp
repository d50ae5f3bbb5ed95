// The worker's side of workbench.md 5.3: the row is the lock, wanted_state is the only control, the lease guards the
// device. SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/run_host.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

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

constexpr const char* kDevice = "cpu";
constexpr auto kQueuePoll = std::chrono::milliseconds(250);

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
    Lease(ExperimentStore& store, std::string device) : store_(store), device_(std::move(device)) {}
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

/// Claims the run and its device, at once or when it is this run's turn; nothing: the outcome tells why not.
bool claim(ExperimentStore& store, const RunRow& row, const HostOptions& options, RunOutcome& outcome) {
    const ClaimRequest request{.pid = current_pid(),
                               .code_version = code_version(),
                               .device = kDevice,
                               .holder = join("run ", row.id, " (", row.name, ")"),
                               .requeue = options.requeue,
                               .wait = options.wait};
    for (std::string holder, told; g_signals.load() == 0; told = holder) {
        const Claim result = store.claim(row.id, request, &holder);
        if (result == Claim::Taken) return true;
        outcome.end = result == Claim::NotQueued ? RunEnd::NotClaimed : RunEnd::DeviceBusy;
        outcome.failure = {ErrorCode::Busy, join("The device ", kDevice, " is taken by ", holder, "."), {}};
        if (result == Claim::NotQueued || !options.wait) return false;
        if (holder != told) log::info("queue", join("Run ", row.id, " waits: ", outcome.failure.message));
        std::this_thread::sleep_for(kQueuePoll);
    }
    store.request(row.id, "stop_save");
    outcome.end = RunEnd::Stopped;
    outcome.by_signal = true;
    return false;
}

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

/// A worker that was killed right after it wrote a checkpoint could not tell the database of it.
void adopt_checkpoints(const ExperimentStore& store, RunId id, RunEventSink& sink) {
    const std::vector<CheckpointRow> known = store.checkpoints(id);
    for (const std::filesystem::path& path : list_checkpoints(store.run_folder(id))) {
        const bool is_known = std::any_of(known.begin(), known.end(),
                                          [&](const CheckpointRow& row) { return row.path == path.string(); });
        if (!is_known) sink.emit({0, 0, CheckpointSaved{checkpoint_step(path), path.string(), folder_bytes(path)}});
    }
}

RunOutcome work(ExperimentStore& store, const RunRow& row, RunEventSink& sink) {
    RunOutcome outcome;
    store.set_device(row.id, kDevice);
    store.set_state(row.id, "running");
    sink.emit({0, 0, StateChanged{"running", row.attempt}});
    const RunConfig config = recipe_from_json(parse_json(row.config, join("run ", row.id)), join("run ", row.id));
    WishReader poll(store, row.id, sink, row.attempt);
    const std::filesystem::path folder = store.run_folder(row.id);
    adopt_checkpoints(store, row.id, sink);
    const PipelineResult result = run_pipeline(config, folder, sink, std::ref(poll), newest_checkpoint(folder));
    outcome.model = result.model;
    outcome.step = result.step;
    outcome.by_signal = g_signals.load() > 0;
    if (result.end == StageEnd::Stopped) outcome.end = RunEnd::Stopped;
    if (result.end == StageEnd::Released) outcome.end = RunEnd::Released;
    return outcome;
}

}  // namespace

RunOutcome host_run(const std::filesystem::path& database, RunId id, const HostOptions& options) {
    ExperimentStore store(database);
    const auto found = store.run(id);
    if (!found) fail(ErrorCode::NotFound, join("There is no run ", id, "."), "molt runs lists them.");
    const SignalGuard signals;
    RunOutcome outcome;
    if (!claim(store, *found, options, outcome)) return outcome;
    const Lease lease(store, kDevice);
    const RunRow row = *store.run(id);
    std::filesystem::create_directories(store.run_folder(id));
    StoreSink stored(database, id, row.attempt);
    StageSink stages(store, id);
    std::vector<RunEventSink*> sinks = {&stages, &stored};
    if (options.extra != nullptr) sinks.insert(sinks.begin(), options.extra);
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
