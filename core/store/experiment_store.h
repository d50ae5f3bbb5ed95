// The experiment database: runs, events, series, checkpoints, leases, conversations. One object per thread; any number
// of processes. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/spec/run_event.h"

namespace molt {

using RunId = std::int64_t;

/// A row of `run`. `state` is what is stored; what people see is shown_state().
struct RunRow {
    RunId id = 0, parent = 0;
    std::string name, stage;       ///< stage: kind of the current or last stage
    std::string config;            ///< recipe JSON, immutable after the claim
    std::string state = "queued";  ///< draft queued starting running held released stopped completed failed
    std::string wanted = "run";    ///< run hold release stop_save stop_discard; one-shots save_now eval_now
    std::int64_t attempt = 1;
    std::int64_t pid = 0;
    std::string pid_start;  ///< process_identity(pid) when claimed
    double heartbeat = 0, created = 0, started = 0, finished = 0;
    std::string code_version, device, note;
};

/// Whether the process that claimed the run still exists.
bool is_alive(const RunRow& row);
/// Whether a living process waits for the device on behalf of a queued run.
bool is_waiting(const RunRow& row);
/// State derived from liveness (workbench.md 5.3): the stored one, or "stopping" (alive, and wanted to end), or
/// "interrupted" (the process that worked on it, or waited in the queue for it, is gone).
std::string shown_state(const RunRow& row);

/// Who wants to work on a run, and on which device.
struct ClaimRequest {
    std::int64_t pid = 0;
    std::string code_version{};
    std::string device{}, holder{};  ///< the lease that is taken with the claim (empty: none), and in whose name
    bool requeue = false;            ///< a run that ended early is put back into the queue first, as by requeue()
    bool wait = false;               ///< if the device is busy, the run notes that this process waits for it
};
enum class Claim { Taken, NotQueued, DeviceBusy };

struct SeriesKey {
    std::string key, unit;
    std::int64_t attempt = 1;
};
struct SeriesPoint {
    std::int64_t step = 0;
    double value = 0.0;
};
struct CheckpointRow {
    std::int64_t step = 0;
    std::string path;
    std::int64_t bytes = 0;
};

class ExperimentStore {
public:
    /// Opens or creates the file (WAL, synchronous NORMAL, busy time-out 5 s) and migrates it in one transaction per
    /// step. Throws Error(Database): damaged, newer than this program, on a network file system, read-only; each with a
    /// hint.
    explicit ExperimentStore(const std::filesystem::path& file);
    ~ExperimentStore();
    ExperimentStore(const ExperimentStore&) = delete;
    ExperimentStore& operator=(const ExperimentStore&) = delete;

    const std::filesystem::path& file() const;
    /// How long a statement waits for another process that writes; 5 s at first.
    void set_busy_timeout(std::chrono::milliseconds timeout);
    /// runs/ID beside the database; not created.
    std::filesystem::path run_folder(RunId id) const;

    /// Makes runs/ID too; an id whose folder exists already (another database in this folder) is skipped. Throws
    /// Error(WriteFailed) if it cannot be made.
    RunId create_run(const std::string& name, const std::string& config_json, RunId parent = 0);
    std::optional<RunRow> run(RunId id) const;
    /// Newest first.
    std::vector<RunRow> runs() const;

    /// queued -> starting together with the device's lease, in one transaction. NotQueued: somebody else was faster, or
    /// it was cancelled, or there is no such run. DeviceBusy: a living process holds the lease, or waits for it with an
    /// older run; `current_holder` (may be null) is told who, and the run stays as it was.
    Claim claim(RunId id, const ClaimRequest& request, std::string* current_holder = nullptr);
    /// stopped, failed, interrupted, released -> queued with attempt + 1, wanted = run; false if the run is alive,
    /// queued or completed.
    bool requeue(RunId id);
    /// One of the stored states; an end also sets `finished`. A deleted run: Error(NotFound), as everywhere below.
    void set_state(RunId id, const std::string& state);
    void set_stage(RunId id, const std::string& stage);
    void set_device(RunId id, const std::string& device);
    void heartbeat(RunId id);
    /// Levels (run, hold, release, stop_save, stop_discard): a stop is not taken back by a weaker wish; a stop of a
    /// queued run makes it `stopped` at once. One-shots (save_now, eval_now) are written only over run and hold.
    /// False if the wish was not written, because a stronger one is pending.
    bool request(RunId id, const std::string& wanted);
    std::string wanted(RunId id) const;
    /// A one-shot was carried out: back to `level` unless somebody wrote a stop meanwhile.
    void acknowledge(RunId id, const std::string& one_shot, const std::string& level);
    void set_note(RunId id, const std::string& note);
    /// Words by which people group runs, sorted. Adding one that is there, or removing one that is not, changes
    /// nothing.
    std::vector<std::string> tags(RunId id) const;
    void add_tag(RunId id, const std::string& tag);
    void remove_tag(RunId id, const std::string& tag);
    /// Overwrites what a run that came from elsewhere says of itself: stage, state, attempt, times, version, device,
    /// note.
    void restore(const RunRow& facts);
    /// Removes the row with everything that belongs to it (not the folder). Throws Error(Busy) if the run is alive.
    void delete_run(RunId id);

    /// Appends events with consecutive seq in one transaction; metrics become points, checkpoints become rows too.
    void append(RunId id, std::int64_t attempt, std::span<const RunEvent> events);
    std::vector<RunEvent> events_after(RunId id, std::int64_t seq, int limit) const;
    /// Every event in order, read in batches.
    void for_each_event(RunId id, const std::function<void(const RunEvent&)>& visit) const;
    /// The newest event of a kind ("progress", "finished", ...: event_kind); decodes no other.
    std::optional<RunEvent> last_event(RunId id, const std::string& kind) const;
    /// One entry for each key, in order of appearance; `attempt` is the newest that has it.
    std::vector<SeriesKey> series_keys(RunId id) const;
    /// Points of one key over all attempts, later attempts replacing the superseded tail; after_step 0: all.
    std::vector<SeriesPoint> series(RunId id, const std::string& key, std::int64_t after_step = 0) const;
    /// Those whose folder is still there, oldest first. append() of a newer one forgets the others for good.
    std::vector<CheckpointRow> checkpoints(RunId id) const;

    /// One holder per device; taking one's own again succeeds. Taken in an immediate transaction; false if a living
    /// process holds it. The holder's name is for the sentence that the loser is told.
    bool take_lease(const std::string& device, const std::string& holder, std::string* current_holder);
    void release_lease(const std::string& device);

    /// Conversations of the Chat page, newest first: one JSON document each. Id 0 makes a new one; the id is returned.
    std::int64_t save_conversation(std::int64_t id, const std::string& title, const std::string& document);
    struct Conversation {
        std::int64_t id = 0;
        std::string title, document;
        double updated = 0;
    };
    std::vector<Conversation> conversations() const;
    void delete_conversation(std::int64_t id);

    /// A consistent copy while others write; whole or not at all. Throws Error(Usage) if `target` exists.
    void backup(const std::filesystem::path& target) const;
    /// SQLite's integrity check; empty if all is well. Reads the whole file.
    std::vector<std::string> integrity_problems() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace molt
