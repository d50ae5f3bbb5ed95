// The queue of ExperimentStore: claims, re-queueing, and the leases of devices.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/platform.h"
#include "core/store/experiment_store.h"
#include "core/store/experiment_store_impl.h"

namespace molt {

namespace {

/// A process that waits without this much life is suspended, and does not keep others waiting.
constexpr double kWaiterSilence = 10.0;

/// An older run whose process waits for the same device: first come, first served.
std::optional<std::string> waits_before(Database& db, RunId id, const std::string& device) {
    auto& select = db.statement(
        "SELECT id, name, pid, pid_start FROM run WHERE state = 'queued' AND id < ? AND device = ? AND pid > 0 AND "
        "heartbeat > ? ORDER BY id");
    SQLite::bind(select, id, device, wall_clock() - kWaiterSilence);
    Rows rows(select);
    while (rows.next()) {
        if (process_lives(rows[2].getInt64(), rows[3].getString()))
            return join("run ", rows[0].getInt64(), " (", rows[1].getString(), "), next in the queue");
    }
    return {};
}

bool can_be_requeued(const RunRow& row) {
    const std::string shown = shown_state(row);
    return shown == "interrupted" || shown == "stopped" || shown == "failed" || shown == "released";
}

void put_into_queue(Database& db, RunId id) {
    auto& update = db.statement(
        "UPDATE run SET state = 'queued', wanted_state = 'run', attempt = attempt + 1, pid = 0, pid_start = '', "
        "finished = 0 WHERE id = ?");
    update.bind(1, id);
    update.exec();
}

void note_waiting(Database& db, RunId id, const ClaimRequest& request) {
    auto& update = db.statement("UPDATE run SET pid = ?, pid_start = ?, heartbeat = ?, device = ? WHERE id = ?");
    SQLite::bind(update, request.pid, process_identity(request.pid), wall_clock(), request.device, id);
    update.exec();
}

void set_claimed(Database& db, RunId id, const ClaimRequest& request) {
    auto& update = db.statement(
        "UPDATE run SET state = 'starting', pid = ?1, pid_start = ?2, heartbeat = ?3, finished = 0, code_version = ?4, "
        "started = CASE WHEN started = 0 THEN ?3 ELSE started END WHERE id = ?5");
    SQLite::bind(update, request.pid, process_identity(request.pid), wall_clock(), request.code_version, id);
    update.exec();
}

}  // namespace

std::optional<std::string> ExperimentStore::Impl::lease_holder(const std::string& device) {
    auto& select = db.statement("SELECT pid, pid_start, holder FROM lease WHERE device = ?");
    select.bind(1, device);
    Rows rows(select);
    const bool held = rows.next() && rows[0].getInt64() != current_pid();
    if (!held || !process_lives(rows[0].getInt64(), rows[1].getString())) return {};
    return rows[2].getString();
}

void ExperimentStore::Impl::write_lease(const std::string& device, const std::string& holder) {
    const std::int64_t self = current_pid();
    auto& insert =
        db.statement("INSERT OR REPLACE INTO lease (device, pid, pid_start, holder, taken) VALUES (?, ?, ?, ?, ?)");
    SQLite::bind(insert, device, self, process_identity(self), holder, wall_clock());
    insert.exec();
}

Claim ExperimentStore::claim(RunId id, const ClaimRequest& request, std::string* current_holder) {
    Claim result = Claim::NotQueued;
    impl_->db.write([&] {
        const std::optional<RunRow> row = run(id);
        const bool again = row && request.requeue && can_be_requeued(*row);
        if (!row || (row->state != "queued" && !again)) return;
        std::optional<std::string> holder;
        if (!request.device.empty()) {
            holder = impl_->lease_holder(request.device);
            if (!holder) holder = waits_before(impl_->db, id, request.device);
        }
        if (holder) {
            result = Claim::DeviceBusy;
            if (current_holder != nullptr) *current_holder = *holder;
            if (request.wait) note_waiting(impl_->db, id, request);
            return;
        }
        if (again) put_into_queue(impl_->db, id);
        set_claimed(impl_->db, id, request);
        if (!request.device.empty()) impl_->write_lease(request.device, request.holder);
        result = Claim::Taken;
    });
    return result;
}

bool ExperimentStore::requeue(RunId id) {
    bool requeued = false;
    impl_->db.write([&] {
        const std::optional<RunRow> row = run(id);
        if (!row) fail(ErrorCode::NotFound, join("There is no run ", id, "."), "`molt runs` lists the runs.");
        requeued = can_be_requeued(*row);
        if (requeued) put_into_queue(impl_->db, id);
    });
    return requeued;
}

bool ExperimentStore::take_lease(const std::string& device, const std::string& holder, std::string* current_holder) {
    bool taken = false;
    impl_->db.write([&] {
        const std::optional<std::string> other = impl_->lease_holder(device);
        if (other && current_holder != nullptr) *current_holder = *other;
        taken = !other;
        if (taken) impl_->write_lease(device, holder);
    });
    return taken;
}

void ExperimentStore::release_lease(const std::string& device) {
    impl_->db.write([&] {
        auto& remove = impl_->db.statement("DELETE FROM lease WHERE device = ? AND pid = ?");
        SQLite::bind(remove, device, current_pid());
        remove.exec();
    });
}

}  // namespace molt
