// Runs, leases and conversations. Events and series: store_events.cpp.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/experiment_store.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/platform.h"
#include "core/store/experiment_store_impl.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 9> kStates{"draft",    "queued",  "starting",  "running", "held",
                                                  "released", "stopped", "completed", "failed"};
constexpr std::array<std::string_view, 3> kWorkingStates{"starting", "running", "held"};
constexpr std::array<std::string_view, 4> kEndStates{"released", "stopped", "completed", "failed"};
constexpr std::array<std::string_view, 5> kLevels{"run", "hold", "release", "stop_save", "stop_discard"};
constexpr std::array<std::string_view, 2> kOneShots{"save_now", "eval_now"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

constexpr const char* kRunColumns =
    "SELECT id, parent, name, stage, config, state, wanted_state, attempt, pid, pid_start, heartbeat, created, "
    "started, "
    "finished, code_version, device, note FROM run ";

RunRow read_run(const Rows& rows) {
    return {.id = rows[0].getInt64(),
            .parent = rows[1].getInt64(),
            .name = rows[2].getString(),
            .stage = rows[3].getString(),
            .config = rows[4].getString(),
            .state = rows[5].getString(),
            .wanted = rows[6].getString(),
            .attempt = rows[7].getInt64(),
            .pid = rows[8].getInt64(),
            .pid_start = rows[9].getString(),
            .heartbeat = rows[10].getDouble(),
            .created = rows[11].getDouble(),
            .started = rows[12].getDouble(),
            .finished = rows[13].getDouble(),
            .code_version = rows[14].getString(),
            .device = rows[15].getString(),
            .note = rows[16].getString()};
}

bool process_lives(std::int64_t pid, const std::string& pid_start) {
    return pid > 0 && !pid_start.empty() && process_identity(pid) == pid_start;
}

}  // namespace

bool is_alive(const RunRow& row) {
    return is_one_of(kWorkingStates, row.state) && process_lives(row.pid, row.pid_start);
}

std::string shown_state(const RunRow& row) {
    if (!is_one_of(kWorkingStates, row.state)) return row.state;
    if (!is_alive(row)) return "interrupted";
    const bool ending = row.wanted == "release" || row.wanted == "stop_save" || row.wanted == "stop_discard";
    return ending ? "stopping" : row.state;
}

ExperimentStore::ExperimentStore(const fs::path& file) : impl_(new Impl{Database(file, schema_migrations())}) {}
ExperimentStore::~ExperimentStore() = default;

const fs::path& ExperimentStore::file() const { return impl_->db.file(); }

void ExperimentStore::set_busy_timeout(std::chrono::milliseconds timeout) {
    impl_->db.connection().setBusyTimeout(static_cast<int>(timeout.count()));
}

fs::path ExperimentStore::run_folder(RunId id) const { return file().parent_path() / "runs" / std::to_string(id); }

RunId ExperimentStore::create_run(const std::string& name, const std::string& config_json, RunId parent) {
    RunId id = 0;
    impl_->db.write([&] {
        auto& insert = impl_->db.statement("INSERT INTO run (name, config, parent, created) VALUES (?, ?, ?, ?)");
        SQLite::bind(insert, name, config_json, parent, wall_clock());
        insert.exec();
        id = impl_->db.last_insert_id();
    });
    return id;
}

std::optional<RunRow> ExperimentStore::run(RunId id) const {
    return impl_->db.read([&]() -> std::optional<RunRow> {
        auto& select = impl_->db.statement(join(kRunColumns, "WHERE id = ?"));
        select.bind(1, id);
        Rows rows(select);
        if (!rows.next()) return {};
        return read_run(rows);
    });
}

std::vector<RunRow> ExperimentStore::runs() const {
    return impl_->db.read([&] {
        std::vector<RunRow> found;
        Rows rows(impl_->db.statement(join(kRunColumns, "ORDER BY id DESC")));
        while (rows.next()) found.push_back(read_run(rows));
        return found;
    });
}

bool ExperimentStore::claim(RunId id, std::int64_t pid, const std::string& code_version) {
    bool claimed = false;
    impl_->db.write([&] {
        auto& update = impl_->db.statement(
            "UPDATE run SET state = 'starting', pid = ?1, pid_start = ?2, heartbeat = ?3, finished = 0, code_version = "
            "?4, "
            "started = CASE WHEN started = 0 THEN ?3 ELSE started END WHERE id = ?5 AND state = 'queued'");
        SQLite::bind(update, pid, process_identity(pid), wall_clock(), code_version, id);
        claimed = update.exec() == 1;
    });
    return claimed;
}

bool ExperimentStore::requeue(RunId id) {
    bool requeued = false;
    impl_->db.write([&] {
        const std::optional<RunRow> row = run(id);
        if (!row) fail(ErrorCode::NotFound, join("There is no run ", id, "."), "`molt runs` lists the runs.");
        const bool interrupted = is_one_of(kWorkingStates, row->state) && !is_alive(*row);
        if (!interrupted && row->state != "stopped" && row->state != "failed" && row->state != "released") return;
        auto& update = impl_->db.statement(
            "UPDATE run SET state = 'queued', wanted_state = 'run', attempt = attempt + 1, pid = 0, pid_start = '', "
            "finished = 0 WHERE id = ?");
        update.bind(1, id);
        requeued = update.exec() == 1;
    });
    return requeued;
}

void ExperimentStore::set_state(RunId id, const std::string& state) {
    MOLT_ASSERT(is_one_of(kStates, state));
    impl_->db.write([&] {
        auto& update = impl_->db.statement("UPDATE run SET state = ?, finished = ? WHERE id = ?");
        SQLite::bind(update, state, is_one_of(kEndStates, state) ? wall_clock() : 0.0, id);
        update.exec();
        impl_->require_changed(id);
    });
}

void ExperimentStore::set_stage(RunId id, const std::string& stage) {
    impl_->set_text("UPDATE run SET stage = ? WHERE id = ?", id, stage);
}

void ExperimentStore::set_device(RunId id, const std::string& device) {
    impl_->set_text("UPDATE run SET device = ? WHERE id = ?", id, device);
}

void ExperimentStore::set_note(RunId id, const std::string& note) {
    impl_->set_text("UPDATE run SET note = ? WHERE id = ?", id, note);
}

void ExperimentStore::heartbeat(RunId id) {
    impl_->db.write([&] {
        auto& update = impl_->db.statement("UPDATE run SET heartbeat = ? WHERE id = ?");
        SQLite::bind(update, wall_clock(), id);
        update.exec();
        impl_->require_changed(id);
    });
}

void ExperimentStore::request(RunId id, const std::string& wanted) {
    MOLT_ASSERT(is_one_of(kLevels, wanted) || is_one_of(kOneShots, wanted));
    impl_->db.write([&] {
        const std::string now = this->wanted(id);
        const bool over_level = now == "run" || now == "hold";
        const bool stopping = now == "stop_save" || now == "stop_discard";
        const bool allowed = is_one_of(kOneShots, wanted) ? over_level : (!stopping || wanted == "stop_discard");
        if (!allowed) return;
        // Nobody works on a queued run, so nobody else would end it; the claim finds it no longer queued.
        const bool ends = wanted == "stop_save" || wanted == "stop_discard" || wanted == "release";
        auto& update = impl_->db.statement(
            "UPDATE run SET wanted_state = ?1, finished = CASE WHEN ?2 AND state = 'queued' THEN ?3 ELSE finished END, "
            "state = CASE WHEN ?2 AND state = 'queued' THEN 'stopped' ELSE state END WHERE id = ?4");
        SQLite::bind(update, wanted, ends ? 1 : 0, wall_clock(), id);
        update.exec();
    });
}

std::string ExperimentStore::wanted(RunId id) const {
    return impl_->db.read([&] {
        auto& select = impl_->db.statement("SELECT wanted_state FROM run WHERE id = ?");
        select.bind(1, id);
        Rows rows(select);
        if (!rows.next()) fail(ErrorCode::NotFound, join("There is no run ", id, "."), "`molt runs` lists the runs.");
        return rows[0].getString();
    });
}

void ExperimentStore::acknowledge(RunId id, const std::string& one_shot, const std::string& level) {
    MOLT_ASSERT(is_one_of(kOneShots, one_shot) && is_one_of(kLevels, level));
    impl_->db.write([&] {
        auto& update = impl_->db.statement("UPDATE run SET wanted_state = ? WHERE id = ? AND wanted_state = ?");
        SQLite::bind(update, level, id, one_shot);
        update.exec();
    });
}

void ExperimentStore::delete_run(RunId id) {
    impl_->db.write([&] {
        const std::optional<RunRow> row = run(id);
        if (row && is_alive(*row))
            fail(ErrorCode::Busy, join("Run ", id, " is still working."),
                 join("Stop it first: molt runs stop ", id, "."));
        auto& remove = impl_->db.statement("DELETE FROM run WHERE id = ?");
        remove.bind(1, id);
        remove.exec();
        impl_->require_changed(id);
    });
}

bool ExperimentStore::take_lease(const std::string& device, const std::string& holder, std::string* current_holder) {
    bool taken = false;
    impl_->db.write([&] {
        const std::int64_t self = current_pid();
        {
            auto& select = impl_->db.statement("SELECT pid, pid_start, holder FROM lease WHERE device = ?");
            select.bind(1, device);
            Rows rows(select);
            if (rows.next() && rows[0].getInt64() != self && process_lives(rows[0].getInt64(), rows[1].getString())) {
                if (current_holder != nullptr) *current_holder = rows[2].getString();
                return;
            }
        }
        auto& insert = impl_->db.statement(
            "INSERT OR REPLACE INTO lease (device, pid, pid_start, holder, taken) VALUES (?, ?, ?, ?, ?)");
        SQLite::bind(insert, device, self, process_identity(self), holder, wall_clock());
        insert.exec();
        taken = true;
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

std::int64_t ExperimentStore::save_conversation(std::int64_t id, const std::string& title,
                                                const std::string& document) {
    std::int64_t saved = id;
    impl_->db.write([&] {
        auto& insert = impl_->db.statement(
            "INSERT OR REPLACE INTO conversation (id, title, document, updated) VALUES (NULLIF(?, 0), ?, ?, ?)");
        SQLite::bind(insert, id, title, document, wall_clock());
        insert.exec();
        saved = impl_->db.last_insert_id();
    });
    return saved;
}

std::vector<ExperimentStore::Conversation> ExperimentStore::conversations() const {
    return impl_->db.read([&] {
        std::vector<Conversation> found;
        Rows rows(impl_->db.statement(
            "SELECT id, title, document, updated FROM conversation ORDER BY updated DESC, id DESC"));
        while (rows.next())
            found.push_back({rows[0].getInt64(), rows[1].getString(), rows[2].getString(), rows[3].getDouble()});
        return found;
    });
}

void ExperimentStore::delete_conversation(std::int64_t id) {
    impl_->db.write([&] {
        auto& remove = impl_->db.statement("DELETE FROM conversation WHERE id = ?");
        remove.bind(1, id);
        remove.exec();
    });
}

void ExperimentStore::backup(const fs::path& target) const { impl_->db.backup(target); }

std::vector<std::string> ExperimentStore::integrity_problems() const { return impl_->db.integrity_problems(); }

}  // namespace molt
