// Events, series and checkpoints of ExperimentStore.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "core/base/platform.h"
#include "core/store/experiment_store.h"
#include "core/store/experiment_store_impl.h"

namespace molt {

namespace {

bool is_missing(const std::filesystem::path& path) {
    std::error_code unreadable;
    return !std::filesystem::exists(path, unreadable) && !unreadable;
}

/// Steps of the run's checkpoints whose folders are gone. Asks the file system, so not inside a write transaction.
std::vector<std::int64_t> pruned_checkpoints(Database& db, RunId run) {
    return db.read([&] {
        auto& select = db.statement("SELECT step, path FROM checkpoint WHERE run = ?");
        select.bind(1, run);
        std::vector<std::int64_t> gone;
        Rows rows(select);
        while (rows.next()) {
            if (is_missing(rows[1].getString())) gone.push_back(rows[0].getInt64());
        }
        return gone;
    });
}

/// The row that `rows` stands at: seq, time, kind, body.
RunEvent event_of(Rows& rows, RunId run) {
    const std::string origin = join("event ", rows[0].getInt64(), " of run ", run);
    return event_from_json(rows[0].getInt64(), rows[1].getDouble(), rows[2].getString(),
                           parse_json(rows[3].getString(), origin));
}

/// Writes the events of one batch; lives inside a transaction.
class BatchWriter {
public:
    BatchWriter(Database& db, RunId run, std::int64_t attempt) : db_(db), run_(run), attempt_(attempt) {
        auto& select = db_.statement("SELECT coalesce(max(seq), 0) FROM event WHERE run = ?");
        select.bind(1, run_);
        Rows rows(select);
        rows.next();
        seq_ = rows[0].getInt64();
    }

    void forget_checkpoint(std::int64_t step) {
        auto& remove = db_.statement("DELETE FROM checkpoint WHERE run = ? AND step = ?");
        SQLite::bind(remove, run_, step);
        remove.exec();
    }

    void add(const RunEvent& event) {
        auto& insert = db_.statement("INSERT INTO event (run, seq, time, kind, body) VALUES (?, ?, ?, ?, ?)");
        const double time = event.time == 0 ? wall_clock() : event.time;
        const std::string body = body_to_json(event).dump(-1, ' ', false, json::error_handler_t::replace);
        SQLite::bind(insert, run_, ++seq_, time, event_kind(event), body);
        insert.exec();
        if (const auto* metrics = std::get_if<StepMetrics>(&event.body)) {
            for (const auto& [key, value] : metrics->values) add_point(key, metrics->step, value);
        } else if (const auto* saved = std::get_if<CheckpointSaved>(&event.body)) {
            auto& row = db_.statement("INSERT OR REPLACE INTO checkpoint (run, step, path, bytes) VALUES (?, ?, ?, ?)");
            SQLite::bind(row, run_, saved->step, saved->path, saved->bytes);
            row.exec();
        }
    }

private:
    void add_point(const std::string& key, std::int64_t step, double value) {
        const std::int64_t series = series_id(key);
        auto& insert = db_.statement("INSERT OR REPLACE INTO point (series, step, value) VALUES (?, ?, ?)");
        insert.bind(1, series);
        insert.bind(2, step);
        if (std::isfinite(value)) insert.bind(3, value);
        insert.exec();
    }

    std::int64_t series_id(const std::string& key) {
        const auto known = series_.find(key);
        if (known != series_.end()) return known->second;
        auto& insert = db_.statement("INSERT OR IGNORE INTO series (run, attempt, key, unit) VALUES (?, ?, ?, ?)");
        SQLite::bind(insert, run_, attempt_, key, series_unit(key));
        insert.exec();
        auto& select = db_.statement("SELECT id FROM series WHERE run = ? AND key = ? AND attempt = ?");
        SQLite::bind(select, run_, key, attempt_);
        Rows rows(select);
        rows.next();
        return series_.emplace(key, rows[0].getInt64()).first->second;
    }

    Database& db_;
    RunId run_;
    std::int64_t attempt_, seq_ = 0;
    std::map<std::string, std::int64_t> series_;
};

/// The first step of each attempt over all of its series, by attempt.
std::map<std::int64_t, std::int64_t> first_steps(Database& db, RunId run) {
    auto& select = db.statement(
        "SELECT attempt, min((SELECT step FROM point WHERE series = series.id ORDER BY step LIMIT 1)) "
        "FROM series WHERE run = ? GROUP BY attempt");
    select.bind(1, run);
    std::map<std::int64_t, std::int64_t> first;
    Rows rows(select);
    while (rows.next()) {
        if (!rows[1].isNull()) first[rows[0].getInt64()] = rows[1].getInt64();
    }
    return first;
}

}  // namespace

void ExperimentStore::append(RunId id, std::int64_t attempt, std::span<const RunEvent> events) {
    if (events.empty()) return;
    // The trainer deletes old checkpoints before it tells of a new one; their rows go with it.
    const bool saved = std::any_of(events.begin(), events.end(), [](const RunEvent& event) {
        return std::holds_alternative<CheckpointSaved>(event.body);
    });
    const std::vector<std::int64_t> pruned = saved ? pruned_checkpoints(impl_->db, id) : std::vector<std::int64_t>{};
    impl_->db.write([&] {
        if (!run(id)) fail(ErrorCode::NotFound, join("There is no run ", id, "."), "`molt runs` lists the runs.");
        BatchWriter writer(impl_->db, id, attempt);
        for (const std::int64_t step : pruned) writer.forget_checkpoint(step);
        for (const RunEvent& event : events) writer.add(event);
    });
}

std::vector<RunEvent> ExperimentStore::events_after(RunId id, std::int64_t seq, int limit) const {
    return impl_->db.read([&] {
        auto& select = impl_->db.statement(
            "SELECT seq, time, kind, body FROM event WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?");
        SQLite::bind(select, id, seq, limit);
        std::vector<RunEvent> events;
        Rows rows(select);
        while (rows.next()) events.push_back(event_of(rows, id));
        return events;
    });
}

void ExperimentStore::for_each_event(RunId id, const std::function<void(const RunEvent&)>& visit) const {
    constexpr int kBatch = 2000;
    std::int64_t seq = 0;
    for (auto events = events_after(id, seq, kBatch); !events.empty(); events = events_after(id, seq, kBatch)) {
        for (const RunEvent& event : events) visit(event);
        seq = events.back().seq;
    }
}

std::optional<RunEvent> ExperimentStore::last_event(RunId id, const std::string& kind) const {
    return impl_->db.read([&]() -> std::optional<RunEvent> {
        auto& select = impl_->db.statement(
            "SELECT seq, time, kind, body FROM event WHERE run = ? AND kind = ? ORDER BY seq DESC LIMIT 1");
        SQLite::bind(select, id, kind);
        Rows rows(select);
        if (!rows.next()) return std::nullopt;
        return event_of(rows, id);
    });
}

std::vector<SeriesKey> ExperimentStore::series_keys(RunId id) const {
    return impl_->db.read([&] {
        auto& select = impl_->db.statement(
            "SELECT key, unit, max(attempt) FROM series WHERE run = ? GROUP BY key ORDER BY min(id)");
        select.bind(1, id);
        std::vector<SeriesKey> keys;
        Rows rows(select);
        while (rows.next()) keys.push_back({rows[0].getString(), rows[1].getString(), rows[2].getInt64()});
        return keys;
    });
}

std::vector<SeriesPoint> ExperimentStore::series(RunId id, const std::string& key, std::int64_t after_step) const {
    return impl_->db.read([&] {
        // One transaction, so that an attempt that begins between the queries cannot mix two tails.
        SQLite::Transaction snapshot(impl_->db.connection());
        const std::map<std::int64_t, std::int64_t> first = first_steps(impl_->db, id);
        std::vector<SeriesPoint> points;
        for (auto attempt = first.begin(); attempt != first.end(); ++attempt) {
            // What a later attempt did again is superseded, from its first step on.
            std::int64_t end = std::numeric_limits<std::int64_t>::max();
            for (auto later = std::next(attempt); later != first.end(); ++later) end = std::min(end, later->second);
            auto& select = impl_->db.statement(
                "SELECT step, value FROM point WHERE series = (SELECT id FROM series WHERE run = ? AND key = ? AND "
                "attempt = ?) AND step > ? AND step < ? ORDER BY step");
            // Step 0 is the evaluation before the first step.
            SQLite::bind(select, id, key, attempt->first, after_step > 0 ? after_step : -1, end);
            Rows rows(select);
            while (rows.next()) {
                const double value = rows[1].isNull() ? std::numeric_limits<double>::quiet_NaN() : rows[1].getDouble();
                points.push_back({rows[0].getInt64(), value});
            }
        }
        return points;
    });
}

std::vector<CheckpointRow> ExperimentStore::checkpoints(RunId id) const {
    return impl_->db.read([&] {
        auto& select = impl_->db.statement("SELECT step, path, bytes FROM checkpoint WHERE run = ? ORDER BY step");
        select.bind(1, id);
        std::vector<CheckpointRow> found;
        Rows rows(select);
        while (rows.next()) {
            if (!is_missing(rows[1].getString()))
                found.push_back({rows[0].getInt64(), rows[1].getString(), rows[2].getInt64()});
        }
        return found;
    });
}

}  // namespace molt
