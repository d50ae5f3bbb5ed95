// Events, series, checkpoints; and two writers that are killed at full speed while a reader looks on.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtTest>
#include <cmath>
#include <random>

#include "core/base/files.h"
#include "core/base/platform.h"
#include "core/base/text.h"
#include "core/store/experiment_store.h"
#include "tests/support/expect_error.h"

using namespace molt;

namespace {

RunEvent metrics(std::int64_t step, double loss) { return {0, 1.0, StepMetrics{step, {{"loss", loss}}}}; }

Progress progress(std::int64_t step) {
    Progress body;
    body.step = step;
    return body;
}

void add(ExperimentStore& store, RunId run, std::int64_t attempt, std::vector<RunEvent> events) {
    store.append(run, attempt, events);
}

std::vector<std::pair<std::int64_t, double>> points(const std::vector<SeriesPoint>& series) {
    std::vector<std::pair<std::int64_t, double>> out;
    for (const SeriesPoint& point : series) out.emplace_back(point.step, point.value);
    return out;
}

constexpr int kBatch = 50;

/// Appends batches of kBatch events (one checkpoint mark each) without end.
[[noreturn]] void write_forever(const std::filesystem::path& file, RunId run) {
    try {
        ExperimentStore store(file);
        std::int64_t step = 0;
        for (;;) {
            std::vector<RunEvent> events;
            for (int i = 0; i + 1 < kBatch; ++i) {
                ++step;
                events.push_back(metrics(step, static_cast<double>(step)));
            }
            events.push_back({0, 1.0, CheckpointSaved{step, file.string(), step}});
            store.append(run, 1, events);
        }
    } catch (const std::exception& error) {
        qWarning("%s", error.what());
        ::_exit(1);
    }
}

}  // namespace

class TstStoreEvents : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void events_are_numbered_without_gaps() {
        const TemporaryFolder folder;
        ExperimentStore store(folder.path() / "m.db");
        const RunId one = store.create_run("one", "{}"), two = store.create_run("two", "{}");
        add(store, one, 1, {metrics(1, 3.0), {0, 2.0, LogLine{"info", "t", "hello"}}});
        add(store, two, 1, {metrics(1, 9.0)});
        add(store, one, 1, {});
        add(store, one, 1, {{0, 3.0, RunFinished{1, "/m"}}});
        const auto events = store.events_after(one, 0, 100);
        QCOMPARE(events.size(), std::size_t{3});
        for (std::size_t i = 0; i < events.size(); ++i) QCOMPARE(events[i].seq, static_cast<std::int64_t>(i + 1));
        QCOMPARE(std::get<LogLine>(events[1].body).text, std::string("hello"));
        QCOMPARE(events[1].time, 2.0);
        QCOMPARE(store.events_after(one, 1, 100).size(), std::size_t{2});
        QCOMPARE(store.events_after(one, 0, 1).size(), std::size_t{1});
        QCOMPARE(store.events_after(two, 0, 100).size(), std::size_t{1});
        expect_error(ErrorCode::NotFound, [&] { add(store, 99, 1, {metrics(1, 1.0)}); });
    }

    void every_event_is_visited_and_the_newest_of_a_kind_is_found() {
        const TemporaryFolder folder;
        ExperimentStore store(folder.path() / "m.db");
        const RunId run = store.create_run("run", "{}"), other = store.create_run("other", "{}");
        QVERIFY(!store.last_event(run, "progress"));
        std::vector<RunEvent> events;
        for (int i = 0; i < 2500; ++i) events.push_back({0, 1.0, LogLine{"info", "t", std::to_string(i)}});
        events[7].body = progress(1);
        events[1200].body = progress(2);
        add(store, run, 1, events);
        add(store, other, 1, {{0, 1.0, progress(8)}});
        std::int64_t seen = 0;
        store.for_each_event(run, [&](const RunEvent& event) { QCOMPARE(event.seq, ++seen); });
        QCOMPARE(seen, std::int64_t{2500});
        const auto newest = store.last_event(run, "progress");
        QVERIFY(newest.has_value());
        QCOMPARE(newest->seq, std::int64_t{1201});
        QCOMPARE(std::get<Progress>(newest->body).step, std::int64_t{2});
    }

    void metrics_become_points_with_units() {
        const TemporaryFolder folder;
        ExperimentStore store(folder.path() / "m.db");
        const RunId run = store.create_run("r", "{}");
        add(store, run, 1, {{0, 1, StepMetrics{1, {{"loss", 0.1 + 0.2}, {"tokens_per_second", 5}}}}, metrics(2, 0.25)});
        const auto keys = store.series_keys(run);
        QCOMPARE(keys.size(), std::size_t{2});
        QCOMPARE(keys[0].key, std::string("loss"));
        QCOMPARE(keys[0].unit, std::string("nats"));
        QCOMPARE(keys[1].unit, std::string("tokens/s"));
        QVERIFY(points(store.series(run, "loss")) ==
                (std::vector<std::pair<std::int64_t, double>>{{1, 0.1 + 0.2}, {2, 0.25}}));
        QVERIFY(points(store.series(run, "loss", 1)) == (std::vector<std::pair<std::int64_t, double>>{{2, 0.25}}));
        QVERIFY(store.series(run, "nothing").empty());
    }

    void the_evaluation_before_the_first_step_is_a_point() {
        const TemporaryFolder folder;
        ExperimentStore store(folder.path() / "m.db");
        const RunId run = store.create_run("r", "{}");
        add(store, run, 1, {metrics(0, 4.0), metrics(1, 3.0)});
        QVERIFY(points(store.series(run, "loss")) ==
                (std::vector<std::pair<std::int64_t, double>>{{0, 4.0}, {1, 3.0}}));
    }

    void values_that_are_not_finite_are_kept_as_such() {
        const TemporaryFolder folder;
        ExperimentStore store(folder.path() / "m.db");
        const RunId run = store.create_run("r", "{}");
        add(store, run, 1, {metrics(1, std::nan("")), metrics(2, 1.0)});
        QVERIFY(std::isnan(store.series(run, "loss")[0].value));
        QVERIFY(std::isnan(std::get<StepMetrics>(store.events_after(run, 0, 1)[0].body).values[0].second));
    }

    void a_later_attempt_replaces_the_superseded_tail() {
        const TemporaryFolder folder;
        ExperimentStore store(folder.path() / "m.db");
        const RunId run = store.create_run("r", "{}");
        for (std::int64_t step = 1; step <= 10; ++step) add(store, run, 1, {metrics(step, 1.0)});
        // Evaluated at step 8, which the second attempt has not reached: it was computed on weights that are gone.
        add(store, run, 1, {{0, 1, StepMetrics{8, {{"eval/kl", 0.5}}}}});
        for (std::int64_t step = 6; step <= 7; ++step) add(store, run, 2, {metrics(step, 2.0)});
        const auto loss = store.series(run, "loss");
        QCOMPARE(loss.size(), std::size_t{7});
        for (const SeriesPoint& point : loss) QCOMPARE(point.value, point.step < 6 ? 1.0 : 2.0);
        QVERIFY(store.series(run, "eval/kl").empty());
        QCOMPARE(store.series_keys(run)[0].attempt, 2);
        // A third attempt from an earlier checkpoint also supersedes the second.
        add(store, run, 3, {metrics(4, 3.0)});
        const auto again = store.series(run, "loss");
        QCOMPARE(again.size(), std::size_t{4});
        QCOMPARE(again.back().value, 3.0);
    }

    void superseded_tails_agree_with_a_simple_model() {
        std::mt19937 random(11);
        for (int round = 0; round < 20; ++round) {
            const TemporaryFolder folder;
            ExperimentStore store(folder.path() / "m.db");
            const RunId run = store.create_run("r", "{}");
            std::map<std::int64_t, double> expected;
            std::int64_t step = 0;
            for (std::int64_t attempt = 1; attempt <= 5; ++attempt) {
                const std::int64_t from =
                    step == 0 ? 0 : static_cast<std::int64_t>(random() % static_cast<unsigned>(step));
                expected.erase(expected.upper_bound(from), expected.end());
                step = from;
                std::vector<RunEvent> events;
                for (unsigned n = 1 + random() % 12; n > 0; --n) {
                    const double value = static_cast<double>(random());
                    events.push_back(metrics(step += 1, value));
                    expected[step] = value;
                }
                store.append(run, attempt, events);
            }
            const auto found = points(store.series(run, "loss"));
            QVERIFY(found == (std::vector<std::pair<std::int64_t, double>>(expected.begin(), expected.end())));
        }
    }

    void checkpoints_are_listed_while_their_folder_exists() {
        const TemporaryFolder folder;
        ExperimentStore store(folder.path() / "m.db");
        const RunId run = store.create_run("r", "{}");
        const auto saved = [&](std::int64_t step, const char* name) {
            std::filesystem::create_directories(folder.path() / name);
            return RunEvent{0, 1, CheckpointSaved{step, (folder.path() / name).string(), step}};
        };
        add(store, run, 1, {saved(20, "b"), saved(10, "a")});
        add(store, run, 2, {saved(20, "c")});
        const auto rows = store.checkpoints(run);
        QCOMPARE(rows.size(), std::size_t{2});
        QCOMPARE(rows[0].step, 10);
        QCOMPARE(rows[1].path, (folder.path() / "c").string());
        // Deleted by hand: not offered. Back again (a disk that was away): offered.
        std::filesystem::rename(folder.path() / "a", folder.path() / "away");
        QCOMPARE(store.checkpoints(run).size(), std::size_t{1});
        std::filesystem::rename(folder.path() / "away", folder.path() / "a");
        QCOMPARE(store.checkpoints(run).size(), std::size_t{2});
        // Pruned by the trainer, which then tells of a new one: the row is gone for good.
        std::filesystem::rename(folder.path() / "a", folder.path() / "away");
        add(store, run, 2, {saved(30, "d")});
        std::filesystem::rename(folder.path() / "away", folder.path() / "a");
        const auto left = store.checkpoints(run);
        QCOMPARE(left.size(), std::size_t{2});
        QCOMPARE(left[0].step, 20);
    }

    void killed_writers_leave_no_gap_and_no_torn_batch() {
        const TemporaryFolder folder;
        const std::filesystem::path file = folder.path() / "m.db";
        ExperimentStore store(file);
        std::mt19937 random(3);
        for (int round = 0; round < 6; ++round) {
            const RunId runs[2] = {store.create_run("a", "{}"), store.create_run("b", "{}")};
            pid_t writers[2];
            for (int i = 0; i < 2; ++i) {
                writers[i] = ::fork();
                if (writers[i] == 0) write_forever(file, runs[i]);
            }
            // The reader decides by what it sees when the writers die, so no clock is needed.
            const std::int64_t enough = 200 + static_cast<std::int64_t>(random() % 1500);
            std::int64_t seen[2] = {0, 0};
            while (seen[0] < enough || seen[1] < enough) {
                for (const pid_t writer : writers)
                    QVERIFY2(::waitpid(writer, nullptr, WNOHANG) == 0, "a writer gave up");
                for (int i = 0; i < 2; ++i) {
                    const auto events = store.events_after(runs[i], seen[i], 1000);
                    for (const RunEvent& event : events) QCOMPARE(event.seq, ++seen[i]);
                    QCOMPARE(seen[i] % kBatch, events.size() == 1000 ? seen[i] % kBatch : 0);
                }
            }
            for (const pid_t writer : writers) {
                ::kill(writer, SIGKILL);
                int status = 0;
                ::waitpid(writer, &status, 0);
                QVERIFY(WIFSIGNALED(status));
            }
            QVERIFY(store.integrity_problems().empty());
            for (const RunId run : runs) {
                const auto rows = store.checkpoints(run);
                const auto batches = static_cast<std::int64_t>(rows.size());
                const auto events = store.events_after(run, 0, 10000000);
                QCOMPARE(static_cast<std::int64_t>(events.size()), batches * kBatch);
                QCOMPARE(static_cast<std::int64_t>(store.series(run, "loss").size()), batches * (kBatch - 1));
                for (std::size_t i = 0; i < events.size(); ++i)
                    QCOMPARE(events[i].seq, static_cast<std::int64_t>(i + 1));
            }
        }
    }
};

QTEST_GUILESS_MAIN(TstStoreEvents)
#include "tst_store_events.moc"
