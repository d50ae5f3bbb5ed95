// The buffered sink: nothing is lost, nothing throws, a locked database only delays.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/store_sink.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>
#include <signal.h>
#include <sys/resource.h>

#include <QtTest>
#include <thread>

#include "core/base/files.h"
#include "core/base/log.h"
#include "tests/support/expect_error.h"

using namespace molt;
using namespace std::chrono_literals;

namespace {

struct Fixture {
    TemporaryFolder folder;
    std::filesystem::path file = folder.path() / "m.db";
    ExperimentStore store{file};
    RunId run = store.create_run("r", "{}");
};

/// No file can grow beyond `bytes` while this lives, as on a full disk.
class SmallFiles {
public:
    explicit SmallFiles(rlim_t bytes) {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit small{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
    }
    ~SmallFiles() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    SmallFiles(const SmallFiles&) = delete;
    SmallFiles& operator=(const SmallFiles&) = delete;

private:
    rlimit before_{};
};

RunEvent metrics(std::int64_t step) { return {0, 0, StepMetrics{step, {{"loss", static_cast<double>(step)}}}}; }

// Long intervals: only what the test asks for happens.
const StoreSinkOptions kPatient{.flush_interval = 1h, .heartbeat_interval = 1h};

}  // namespace

class TstStoreSink : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void flushing_stores_everything_in_order() {
        Fixture f;
        StoreSink sink(f.file, f.run, 1, kPatient);
        for (int step = 1; step <= 1000; ++step) sink.emit(metrics(step));
        QVERIFY(sink.flush());
        const auto points = f.store.series(f.run, "loss");
        QCOMPARE(points.size(), std::size_t{1000});
        const auto events = f.store.events_after(f.run, 0, 2000);
        QCOMPARE(events.size(), std::size_t{1000});
        QCOMPARE(std::get<StepMetrics>(events[999].body).step, 1000);
        QVERIFY(events[0].time > 1e9);
        QVERIFY(sink.flush());
    }

    void the_end_of_the_sink_stores_what_is_left() {
        Fixture f;
        {
            StoreSink sink(f.file, f.run, 1, kPatient);
            sink.emit(metrics(1));
            sink.emit({0, 0, RunFinished{1, "m"}});
        }
        QCOMPARE(f.store.events_after(f.run, 0, 10).size(), std::size_t{2});
    }

    void a_full_batch_is_written_without_being_asked() {
        Fixture f;
        StoreSink sink(f.file, f.run, 1, {.flush_interval = 1h, .heartbeat_interval = 1h, .batch_events = 10});
        for (int step = 1; step <= 10; ++step) sink.emit(metrics(step));
        QTRY_COMPARE(f.store.events_after(f.run, 0, 100).size(), std::size_t{10});
    }

    void events_arrive_after_the_interval() {
        Fixture f;
        StoreSink sink(f.file, f.run, 1, {.flush_interval = 5ms, .heartbeat_interval = 1h});
        sink.emit(metrics(1));
        QTRY_COMPARE(f.store.events_after(f.run, 0, 100).size(), std::size_t{1});
    }

    void the_heart_beats() {
        Fixture f;
        StoreSink sink(f.file, f.run, 1, {.flush_interval = 1h, .heartbeat_interval = 1ms});
        QTRY_VERIFY(f.store.run(f.run)->heartbeat > 0);
        const double first = f.store.run(f.run)->heartbeat;
        QTRY_VERIFY(f.store.run(f.run)->heartbeat > first);
    }

    void only_the_last_progress_of_a_batch_is_stored() {
        Fixture f;
        StoreSink sink(f.file, f.run, 1, kPatient);
        for (int step = 1; step <= 5; ++step) {
            sink.emit({0, 0, Progress{.stage = "distill", .phase = "training", .step = step}});
            sink.emit(metrics(step));
        }
        QVERIFY(sink.flush());
        const auto events = f.store.events_after(f.run, 0, 100);
        QCOMPARE(events.size(), std::size_t{6});
        QCOMPARE(std::get<Progress>(events[4].body).step, 5);
        QCOMPARE(std::get<StepMetrics>(events[5].body).step, 5);
    }

    void a_locked_database_delays_events_and_loses_none() {
        Fixture f;
        StoreSink sink(f.file, f.run, 1, {.flush_interval = 1h, .heartbeat_interval = 1h, .busy_timeout = 10ms});
        std::vector<std::string> lines;
        log::set_observer([&](log::Level, std::string_view, std::string_view text) { lines.emplace_back(text); });
        {
            SQLite::Database other(f.file.string(), SQLite::OPEN_READWRITE, 60'000);
            SQLite::Transaction lock(other, SQLite::TransactionBehavior::IMMEDIATE);
            sink.emit(metrics(1));
            QVERIFY(!sink.flush());
            sink.emit(metrics(2));
            QVERIFY(!sink.flush());
        }
        sink.emit(metrics(3));
        QVERIFY(sink.flush());
        log::set_observer({});
        QCOMPARE(f.store.series(f.run, "loss").size(), std::size_t{3});
        QCOMPARE(f.store.events_after(f.run, 0, 100).back().seq, 3);
        // One line when it begins, one when it ends.
        QCOMPARE(lines.size(), std::size_t{2});
        QVERIFY(lines[0].find("locked") != std::string::npos);
    }

    void a_full_disk_delays_events_and_loses_none() {
        Fixture f;
        StoreSink sink(f.file, f.run, 1, kPatient);
        {
            const SmallFiles full_disk(1);
            sink.emit(metrics(1));
            QVERIFY(!sink.flush());
        }
        sink.emit(metrics(2));
        QVERIFY(sink.flush());
        QCOMPARE(f.store.series(f.run, "loss").size(), std::size_t{2});
        QVERIFY(f.store.integrity_problems().empty());
    }

    void a_full_buffer_drops_metrics_but_never_the_end() {
        Fixture f;
        StoreSinkOptions options = kPatient;
        options.buffered_events = 3;
        {
            StoreSink sink(f.file, f.run, 1, options);
            for (int step = 1; step <= 5; ++step) sink.emit(metrics(step));
            sink.emit({0, 0, CheckpointSaved{5, "c", 1}});
            sink.emit({0, 0, RunFailed{"internal", "m", "h"}});
            QCOMPARE(sink.dropped(), 2);
        }
        const auto events = f.store.events_after(f.run, 0, 100);
        QCOMPARE(events.size(), std::size_t{5});
        QVERIFY(std::holds_alternative<RunFailed>(events[4].body));
    }

    void a_deleted_run_does_not_stop_anything() {
        Fixture f;
        StoreSink sink(f.file, f.run, 1, kPatient);
        f.store.delete_run(f.run);
        sink.emit(metrics(1));
        QVERIFY(!sink.flush());
    }

    void many_threads_may_emit() {
        Fixture f;
        StoreSink sink(f.file, f.run, 1, {.flush_interval = 1ms, .heartbeat_interval = 1ms});
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < 4; ++t) {
                threads.emplace_back([&sink, t] {
                    for (int i = 0; i < 500; ++i) sink.emit(metrics(t * 500 + i + 1));
                });
            }
        }
        QVERIFY(sink.flush());
        QCOMPARE(f.store.series(f.run, "loss").size(), std::size_t{2000});
    }

    void a_database_that_cannot_be_opened_is_an_error_at_once() {
        const TemporaryFolder folder;
        expect_error(ErrorCode::Database, [&] { StoreSink(folder.path(), 1, 1); });
    }
};

QTEST_GUILESS_MAIN(TstStoreSink)
#include "tst_store_sink.moc"
