// Runs and their life, leases, conversations: who may do what when, also against other processes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/experiment_store.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtTest>

#include "core/base/files.h"
#include "core/base/platform.h"
#include "tests/support/expect_error.h"

using namespace molt;

namespace {

/// A store in a folder of its own.
struct Fixture {
    TemporaryFolder folder;
    ExperimentStore store{folder.path() / "m.db"};
    RunRow row(RunId id) const { return *store.run(id); }
    std::string shown(RunId id) const { return shown_state(row(id)); }
};

/// A process that lives until it is ended, for states that depend on who is alive.
class Sleeper {
public:
    Sleeper() : pid_(::fork()) {
        if (pid_ == 0) {
            ::pause();
            ::_exit(0);
        }
    }
    ~Sleeper() { end(); }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    pid_t pid() const { return pid_; }
    void end() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

private:
    pid_t pid_;
};

/// Runs `action` in another process; its result is the exit status.
int in_child(const std::function<int()>& action) {
    const pid_t child = ::fork();
    if (child == 0) {
        int status = 99;
        try {
            status = action();
        } catch (const std::exception& error) {
            qWarning("%s", error.what());
        }
        ::_exit(status);
    }
    int status = 99;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

}  // namespace

class TstExperimentStore : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void a_new_run_is_queued() {
        Fixture f;
        const RunId id = f.store.create_run("first", R"({"name": "first"})");
        const RunId fork = f.store.create_run("second", "{}", id);
        QCOMPARE(f.row(id).state, std::string("queued"));
        QCOMPARE(f.row(id).wanted, std::string("run"));
        QCOMPARE(f.row(id).config, std::string(R"({"name": "first"})"));
        QCOMPARE(f.row(id).attempt, 1);
        QVERIFY(f.row(id).created > 1e9);
        QCOMPARE(f.row(fork).parent, id);
        QCOMPARE(f.store.runs().front().id, fork);
        QVERIFY(!f.store.run(99));
        QCOMPARE(f.store.run_folder(id), f.folder.path() / "runs" / std::to_string(id));
    }

    void a_second_worker_finds_the_run_claimed() {
        Fixture f;
        const RunId id = f.store.create_run("r", "{}");
        int claims = 0;
        for (int i = 0; i < 4; ++i)
            claims += in_child([&] { return ExperimentStore(f.store.file()).claim(id, current_pid()) ? 1 : 0; });
        QCOMPARE(claims, 1);
        QVERIFY(!f.store.claim(id, current_pid()));
        QVERIFY(!f.store.claim(99, current_pid()));
    }

    void a_claim_records_who_works() {
        Fixture f;
        const RunId id = f.store.create_run("r", "{}");
        QVERIFY(f.store.claim(id, current_pid(), "0.1.0"));
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
        QVERIFY(!f.store.claim(id, current_pid()));
        QVERIFY(f.store.requeue(id));
        QCOMPARE(f.row(id).attempt, 2);
        QCOMPARE(f.row(id).wanted, std::string("run"));
        QVERIFY(f.store.claim(id, current_pid()));
    }

    void what_is_shown_depends_on_who_is_alive() {
        Fixture f;
        Sleeper worker;
        const RunId id = f.store.create_run("r", "{}");
        QCOMPARE(f.shown(id), std::string("queued"));
        f.store.claim(id, worker.pid());
        for (const char* state : {"starting", "running", "held"}) {
            f.store.set_state(id, state);
            QCOMPARE(f.shown(id), std::string(state));
        }
        for (const char* wish : {"release", "stop_save", "stop_discard"}) {
            RunRow row = f.row(id);
            row.wanted = wish;
            QCOMPARE(shown_state(row), std::string("stopping"));
        }
        RunRow reused = f.row(id);
        reused.pid_start = "other-boot/1";
        QCOMPARE(shown_state(reused), std::string("interrupted"));
        worker.end();
        QCOMPARE(f.shown(id), std::string("interrupted"));
        for (const char* state : {"stopped", "completed", "failed", "released"}) {
            f.store.set_state(id, state);
            QCOMPARE(f.shown(id), std::string(state));
            QVERIFY(f.row(id).finished > 0);
        }
    }

    void only_ended_runs_are_queued_again() {
        Fixture f;
        Sleeper worker;
        const RunId id = f.store.create_run("r", "{}");
        QVERIFY(!f.store.requeue(id));
        f.store.claim(id, worker.pid());
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

    void a_stop_is_not_taken_back_by_a_weaker_wish() {
        Fixture f;
        Sleeper worker;
        const RunId id = f.store.create_run("r", "{}");
        f.store.claim(id, worker.pid());
        f.store.request(id, "hold");
        QCOMPARE(f.store.wanted(id), std::string("hold"));
        f.store.request(id, "stop_save");
        for (const char* weaker : {"run", "hold", "release", "save_now"}) {
            f.store.request(id, weaker);
            QCOMPARE(f.store.wanted(id), std::string("stop_save"));
        }
        f.store.request(id, "stop_discard");
        f.store.request(id, "stop_save");
        QCOMPARE(f.store.wanted(id), std::string("stop_discard"));
    }

    void a_one_shot_goes_back_to_its_level_unless_a_stop_came() {
        Fixture f;
        Sleeper worker;
        const RunId id = f.store.create_run("r", "{}");
        f.store.claim(id, worker.pid());
        f.store.request(id, "save_now");
        QCOMPARE(f.store.wanted(id), std::string("save_now"));
        // A second one-shot does not replace the first.
        f.store.request(id, "eval_now");
        QCOMPARE(f.store.wanted(id), std::string("save_now"));
        f.store.acknowledge(id, "save_now", "hold");
        QCOMPARE(f.store.wanted(id), std::string("hold"));
        f.store.request(id, "eval_now");
        f.store.request(id, "stop_save");
        f.store.acknowledge(id, "eval_now", "run");
        QCOMPARE(f.store.wanted(id), std::string("stop_save"));
    }

    void notes_stages_and_devices_are_kept() {
        Fixture f;
        const RunId id = f.store.create_run("r", "{}");
        f.store.set_note(id, "good \xF0\x9F\x90\x8D");
        f.store.set_stage(id, "distill");
        f.store.set_device(id, "cpu");
        f.store.heartbeat(id);
        QCOMPARE(f.row(id).note, std::string("good \xF0\x9F\x90\x8D"));
        QCOMPARE(f.row(id).stage, std::string("distill"));
        QCOMPARE(f.row(id).device, std::string("cpu"));
        QVERIFY(f.row(id).heartbeat > 1e9);
    }

    void unknown_runs_are_not_found() {
        Fixture f;
        expect_error(ErrorCode::NotFound, [&] { f.store.set_state(5, "running"); });
        expect_error(ErrorCode::NotFound, [&] { f.store.set_note(5, "x"); });
        expect_error(ErrorCode::NotFound, [&] { f.store.request(5, "run"); });
        expect_error(ErrorCode::NotFound, [&] { f.store.wanted(5); });
        expect_error(ErrorCode::NotFound, [&] { f.store.delete_run(5); });
        expect_error(ErrorCode::NotFound, [&] { f.store.heartbeat(5); });
    }

    void a_working_run_cannot_be_deleted_and_ids_are_not_used_again() {
        Fixture f;
        Sleeper worker;
        const RunId id = f.store.create_run("r", "{}");
        f.store.claim(id, worker.pid());
        expect_error(ErrorCode::Busy, [&] { f.store.delete_run(id); });
        const RunEvent event{0, 0, StepMetrics{1, {{"loss", 1.0}}}};
        f.store.append(id, 1, std::span(&event, 1));
        worker.end();
        f.store.delete_run(id);
        QVERIFY(!f.store.run(id));
        QVERIFY(f.store.events_after(id, 0, 10).empty());
        QVERIFY(f.store.series_keys(id).empty());
        QVERIFY(f.store.integrity_problems().empty());
        QVERIFY(f.store.create_run("next", "{}") > id);
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

    void conversations_come_back_newest_first() {
        Fixture f;
        const std::int64_t a = f.store.save_conversation(0, "A", R"({"m": 1})");
        const std::int64_t b = f.store.save_conversation(0, "B", "{}");
        QVERIFY(a != b);
        QCOMPARE(f.store.save_conversation(a, "A2", R"({"m": 2})"), a);
        const auto all = f.store.conversations();
        QCOMPARE(all.size(), std::size_t{2});
        QCOMPARE(all[0].title, std::string("A2"));
        QCOMPARE(all[0].document, std::string(R"({"m": 2})"));
        f.store.delete_conversation(a);
        QCOMPARE(f.store.conversations().size(), std::size_t{1});
        // Saving what was deleted elsewhere loses nothing.
        QCOMPARE(f.store.save_conversation(a, "A3", "{}"), a);
    }
};

QTEST_GUILESS_MAIN(TstExperimentStore)
#include "tst_experiment_store.moc"
