// Runs and conversations. Events and series: store_events.cpp; claims and leases: store_queue.cpp.
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
constexpr std::array<std::string_view, 4> kEndStates{"released", "stopped", "completed", "failed"};
constexpr std::array<std::string_view, 5> kLevels{"run", "hold", "release", "stop_save", "stop_discard"};
constexpr std::array<std::string_view, 2> kOneShots{"save_now", "eval_now"};

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

/// Reserves `folder` for a new run; false if there is one already.
bool make_run_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder.parent_path(), error);
    const bool made = !error && fs::create_directory(folder, error);
    if (error) {
        fail(ErrorCode::WriteFailed, join("Cannot make the run's folder ", folder.string(), ": ", error.message(), "."),
             "Make the folder of the database writable, or choose another place with --db FILE.");
    }
    return made;
}

/// The largest number that a folder in `runs` has as its name.
RunId largest_run_folder(const fs::path& runs) {
    constexpr std::size_t kMostDigits = 15;
    RunId largest = 0;
    for (const auto& entry : fs::directory_iterator(runs)) {
        const std::string name = entry.path().filename().string();
        const bool number = !name.empty() && name.size() <= kMostDigits &&
                            std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (number) largest = std::max<RunId>(largest, std::stoll(name));
    }
    return largest;
}

}  // namespace

bool process_lives(std::int64_t pid, const std::string& pid_start) {
    return pid > 0 && !pid_start.empty() && process_identity(pid) == pid_start;
}

bool is_alive(const RunRow& row) {
    return is_one_of(kWorkingStates, row.state) && process_lives(row.pid, row.pid_start);
}

bool is_waiting(const RunRow& row) { return row.state == "queued" && process_lives(row.pid, row.pid_start); }

std::string shown_state(const RunRow& row) {
    if (row.state == "queued" && row.pid > 0 && !is_waiting(row)) return "interrupted";
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
    fs::path reserved;
    try {
        impl_->db.write([&] {
            auto& insert = impl_->db.statement(
                "INSERT INTO run (id, name, config, parent, created) VALUES (NULLIF(?, 0), ?, ?, ?, ?)");
            while (reserved.empty()) {
                SQLite::bind(insert, id, name, config_json, parent, wall_clock());
                insert.exec();
                id = impl_->db.last_insert_id();
                if (make_run_folder(run_folder(id))) {
                    reserved = run_folder(id);
                } else {
                    auto& remove = impl_->db.statement("DELETE FROM run WHERE id = ?");
                    remove.bind(1, id);
                    remove.exec();
                    insert.reset();
                    id = std::max(id, largest_run_folder(run_folder(id).parent_path())) + 1;
                }
            }
        });
    } catch (const Error&) {
        std::error_code ignored;
        if (!reserved.empty()) fs::remove(reserved, ignored);
        throw;
    }
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

std::vector<std::string> ExperimentStore::tags(RunId id) const {
    return impl_->db.read([&] {
        auto& select = impl_->db.statement("SELECT name FROM tag WHERE run = ? ORDER BY name");
        select.bind(1, id);
        std::vector<std::string> found;
        Rows rows(select);
        while (rows.next()) found.push_back(rows[0].getString());
        return found;
    });
}

void ExperimentStore::add_tag(RunId id, const std::string& tag) {
    impl_->db.write([&] {
        if (!run(id)) fail(ErrorCode::NotFound, join("There is no run ", id, "."), "`molt runs` lists the runs.");
        auto& insert = impl_->db.statement("INSERT OR IGNORE INTO tag (run, name) VALUES (?, ?)");
        SQLite::bind(insert, id, tag);
        insert.exec();
    });
}

void ExperimentStore::remove_tag(RunId id, const std::string& tag) {
    impl_->db.write([&] {
        auto& remove = impl_->db.statement("DELETE FROM tag WHERE run = ? AND name = ?");
        SQLite::bind(remove, id, tag);
        remove.exec();
    });
}

void ExperimentStore::heartbeat(RunId id) {
    impl_->db.write([&] {
        auto& update = impl_->db.statement("UPDATE run SET heartbeat = ? WHERE id = ?");
        SQLite::bind(update, wall_clock(), id);
        update.exec();
        impl_->require_changed(id);
    });
}

bool ExperimentStore::request(RunId id, const std::string& wanted) {
    MOLT_ASSERT(is_one_of(kLevels, wanted) || is_one_of(kOneShots, wanted));
    bool written = false;
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
        written = update.exec() == 1;
    });
    return written;
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

void ExperimentStore::restore(const RunRow& facts) {
    MOLT_ASSERT(is_one_of(kStates, facts.state));
    impl_->db.write([&] {
        auto& update = impl_->db.statement(
            "UPDATE run SET stage = ?, state = ?, attempt = ?, created = ?, started = ?, finished = ?, "
            "code_version = ?, device = ?, note = ?, pid = 0, pid_start = '' WHERE id = ?");
        SQLite::bind(update, facts.stage, facts.state, facts.attempt, facts.created, facts.started, facts.finished,
                     facts.code_version, facts.device, facts.note, facts.id);
        update.exec();
        impl_->require_changed(facts.id);
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
