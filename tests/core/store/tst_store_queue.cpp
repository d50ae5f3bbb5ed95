// The queue: who gets a run and its device, who waits, and what becomes of runs whose process is gone.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "core/base/files.h"
#include "core/base/platform.h"
#include "core/store/experiment_store.h"
#include "tests/support/expect_error.h"
#include "tests/support/processes.h"

using namespace molt;

namespace {

/// A store in a folder of its own.
struct Fixture {
    TemporaryFolder folder;
    ExperimentStore store{folder.path() / "m.db"};
    RunRow row(RunId id) const { return *store.run(id); }
    std::string shown(RunId id) const { return shown_state(row(id)); }

    /// Another process asks for the run and "cpu", and goes.
    int other_claims(RunId id) const { return waits(id, 0); }
    /// Another process asks for them and waits, in the name of `waiter` (0: it does not wait).
    int waits(RunId id, std::int64_t waiter) const {
        return in_child([&] {
            const std::int64_t pid = waiter == 0 ? current_pid() : waiter;
            return static_cast<int>(ExperimentStore(store.file()).claim(id, request(pid, waiter != 0)));
        });
    }
    static ClaimRequest request(std::int64_t pid, bool wait = false) {
        return {.pid = pid, .device = "cpu", .holder = "somebody", .wait = wait};
    }
};

}  // namespace

class TstStoreQueue : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void a_second_worker_finds_the_run_claimed() {
        Fixture f;
        const RunId id = f.store.create_run("r", "{}");
        int claims = 0;
        for (int i = 0; i < 4; ++i)
            claims += in_child([&] {
                return ExperimentStore(f.store.file()).claim(id, {.pid = current_pid()}) == Claim::Taken ? 1 : 0;
            });
        QCOMPARE(claims, 1);
        QVERIFY(f.store.claim(id, {.pid = current_pid()}) == Claim::NotQueued);
        QVERIFY(f.store.claim(99, {.pid = current_pid()}) == Claim::NotQueued);
    }

    void a_claim_records_who_works() {
        Fixture f;
        const RunId id = f.store.create_run("r", "{}");
        QVERIFY(f.store.claim(id, {.pid = current_pid(), .code_version = "0.1.0"}) == Claim::Taken);
        const RunRow row = f.row(id);
        QCOMPARE(row.state, std::string("starting"));
        QCOMPARE(row.pid, current_pid());
        QCOMPARE(row.pid_start, process_identity(current_pid()));
        QCOMPARE(row.code_version, std::string("0.1.0"));
        QVERIFY(row.started > 0 && row.heartbeat > 0);
    }

    void a_stop_before_the_claim_wins() {
        Fixture f;
        const RunId id = f.store.create_run("r", "{}");
        f.store.request(id, "stop_save");
        QCOMPARE(f.shown(id), std::string("stopped"));
        QVERIFY(f.store.claim(id, {.pid = current_pid()}) == Claim::NotQueued);
        QVERIFY(f.store.requeue(id));
        QCOMPARE(f.row(id).attempt, 2);
        QCOMPARE(f.row(id).wanted, std::string("run"));
        QVERIFY(f.store.claim(id, {.pid = current_pid()}) == Claim::Taken);
    }

    void only_ended_runs_are_queued_again() {
        Fixture f;
        Sleeper worker;
        const RunId id = f.store.create_run("r", "{}");
        QVERIFY(!f.store.requeue(id));
        f.store.claim(id, {.pid = worker.pid()});
        f.store.set_state(id, "running");
        QVERIFY(!f.store.requeue(id));
        worker.end();
        QVERIFY(f.store.requeue(id));
        QCOMPARE(f.row(id).attempt, 2);
        QCOMPARE(f.row(id).pid, 0);
        QVERIFY(!f.store.requeue(id));
        for (const char* state : {"stopped", "failed", "released"}) {
            f.store.set_state(id, state);
            QVERIFY(f.store.requeue(id));
        }
        QCOMPARE(f.row(id).attempt, 5);
        f.store.set_state(id, "completed");
        QVERIFY(!f.store.requeue(id));
        expect_error(ErrorCode::NotFound, [&] { f.store.requeue(99); });
    }

    void a_device_has_one_holder() {
        Fixture f;
        QVERIFY(f.store.take_lease("cuda:0", "run 1", nullptr));
        QVERIFY(f.store.take_lease("cuda:0", "run 1", nullptr));
        QCOMPARE(in_child([&] {
                     ExperimentStore other(f.store.file());
                     std::string holder;
                     const bool refused = !other.take_lease("cuda:0", "chat", &holder) && holder == "run 1";
                     other.release_lease("cuda:0");
                     return refused && other.take_lease("cuda:1", "chat", nullptr) ? 7 : 8;
                 }),
                 7);
        // The child could not give away what is not its own; and the lease of a dead holder is free.
        QVERIFY(f.store.take_lease("cuda:1", "run 2", nullptr));
        QCOMPARE(in_child([&] { return ExperimentStore(f.store.file()).take_lease("cuda:0", "x", nullptr) ? 1 : 0; }),
                 0);
        f.store.release_lease("cuda:0");
        QCOMPARE(in_child([&] { return ExperimentStore(f.store.file()).take_lease("cuda:0", "x", nullptr) ? 1 : 0; }),
                 1);
    }

    void a_busy_device_leaves_the_run_as_it_was() {
        Fixture f;
        const RunId first = f.store.create_run("first", "{}"), second = f.store.create_run("second", "{}");
        QVERIFY(f.store.claim(first, Fixture::request(current_pid())) == Claim::Taken);
        QCOMPARE(f.other_claims(second), static_cast<int>(Claim::DeviceBusy));
        QCOMPARE(f.shown(second), std::string("queued"));
        QCOMPARE(f.row(second).pid, 0);
        QCOMPARE(f.row(second).started, 0.0);
        // The same for one that ended early: it neither becomes queued nor counts an attempt.
        f.store.set_state(second, "stopped");
        QCOMPARE(in_child([&] {
                     ClaimRequest request = Fixture::request(current_pid());
                     request.requeue = true;
                     std::string holder;
                     const Claim claim = ExperimentStore(f.store.file()).claim(second, request, &holder);
                     return claim == Claim::DeviceBusy && holder == "somebody" ? 0 : 1;
                 }),
                 0);
        QCOMPARE(f.shown(second), std::string("stopped"));
        QCOMPARE(f.row(second).attempt, 1);
    }

    void the_lease_comes_with_the_claim_and_only_then() {
        Fixture f;
        const RunId id = f.store.create_run("r", "{}");
        f.store.request(id, "stop_save");
        QVERIFY(f.store.claim(id, Fixture::request(current_pid())) == Claim::NotQueued);
        QCOMPARE(in_child([&] { return ExperimentStore(f.store.file()).take_lease("cpu", "x", nullptr) ? 1 : 0; }), 1);
        ClaimRequest again = Fixture::request(current_pid());
        again.requeue = true;
        QVERIFY(f.store.claim(id, again) == Claim::Taken);
        QCOMPARE(f.row(id).attempt, 2);
        QCOMPARE(f.row(id).wanted, std::string("run"));
        QCOMPARE(in_child([&] { return ExperimentStore(f.store.file()).take_lease("cpu", "x", nullptr) ? 1 : 0; }), 0);
    }

    void the_older_of_two_waiting_runs_goes_first() {
        Fixture f;
        const RunId older = f.store.create_run("older", "{}"), younger = f.store.create_run("younger", "{}");
        const Sleeper waiter;
        QVERIFY(f.store.take_lease("cpu", "chat", nullptr));
        QCOMPARE(f.waits(older, waiter.pid()), static_cast<int>(Claim::DeviceBusy));
        f.store.release_lease("cpu");
        QVERIFY(is_waiting(f.row(older)));
        QCOMPARE(f.shown(older), std::string("queued"));
        // The device is free again, but the younger run does not overtake.
        std::string before;
        QVERIFY(f.store.claim(younger, Fixture::request(current_pid()), &before) == Claim::DeviceBusy);
        QVERIFY(before.find("older") != std::string::npos);
        QVERIFY(f.store.claim(older, Fixture::request(current_pid())) == Claim::Taken);
    }

    void a_run_whose_waiting_process_died_is_interrupted_and_can_be_queued_again() {
        Fixture f;
        const RunId id = f.store.create_run("r", "{}"), next = f.store.create_run("next", "{}");
        QVERIFY(f.store.take_lease("cpu", "chat", nullptr));
        {
            const Sleeper waiter;
            QCOMPARE(f.waits(id, waiter.pid()), static_cast<int>(Claim::DeviceBusy));
        }
        QVERIFY(!is_waiting(f.row(id)));
        QCOMPARE(f.shown(id), std::string("interrupted"));
        f.store.release_lease("cpu");
        // The dead do not keep others waiting.
        QCOMPARE(f.other_claims(next), static_cast<int>(Claim::Taken));
        QVERIFY(f.store.requeue(id));
        QCOMPARE(f.shown(id), std::string("queued"));
    }

    void a_waiting_run_can_be_stopped() {
        Fixture f;
        const RunId id = f.store.create_run("r", "{}");
        const Sleeper waiter;
        QVERIFY(f.store.take_lease("cpu", "chat", nullptr));
        QCOMPARE(f.waits(id, waiter.pid()), static_cast<int>(Claim::DeviceBusy));
        f.store.request(id, "stop_save");
        QCOMPARE(f.shown(id), std::string("stopped"));
        f.store.release_lease("cpu");
        QCOMPARE(f.other_claims(id), static_cast<int>(Claim::NotQueued));
    }
};

QTEST_GUILESS_MAIN(TstStoreQueue)
#include "tst_store_queue.moc"
