// Runs and their life, leases, conversations: who may do what when, also against other processes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/experiment_store.h"

#include <QtTest>
#include <set>
#include <vector>

#include "core/base/files.h"
#include "core/base/platform.h"
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
};

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

    void databases_in_one_folder_never_share_a_runs_folder() {
        const TemporaryFolder folder;
        ExperimentStore one(folder.path() / "one.db"), two(folder.path() / "two.db");
        std::set<std::filesystem::path> folders;
        for (int i = 0; i < 4; ++i) {
            ExperimentStore& store = i % 2 == 0 ? one : two;
            const RunId id = store.create_run("r", "{}");
            QVERIFY(store.run(id));
            QVERIFY(std::filesystem::is_directory(store.run_folder(id)));
            QVERIFY(folders.insert(store.run_folder(id)).second);
        }
        QCOMPARE(one.runs().size(), std::size_t{2});
        // What a lost database left behind, and names that are no numbers, are not touched either.
        std::filesystem::create_directories(folder.path() / "runs" / "77");
        std::filesystem::create_directories(folder.path() / "runs" / "notes");
        ExperimentStore three(folder.path() / "three.db");
        QCOMPARE(three.create_run("r", "{}"), RunId{78});
        QCOMPARE(three.create_run("r", "{}"), RunId{79});
    }

    void many_creators_at_once_get_folders_of_their_own() {
        const TemporaryFolder folder;
        constexpr int kProcesses = 4, kRuns = 10;
        std::vector<pid_t> children;
        for (int i = 0; i < kProcesses; ++i) {
            children.push_back(::fork());
            if (children.back() != 0) continue;
            try {
                ExperimentStore store(folder.path() / (i % 2 == 0 ? "a.db" : "b.db"));
                for (int n = 0; n < kRuns; ++n) write_file(store.run_folder(store.create_run("r", "{}")) / "mine", "");
                ::_exit(0);
            } catch (const std::exception& error) {
                qWarning("%s", error.what());
                ::_exit(1);
            }
        }
        for (const pid_t child : children) {
            int status = 99;
            ::waitpid(child, &status, 0);
            QCOMPARE(WEXITSTATUS(status), 0);
        }
        std::ptrdiff_t folders = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "runs"))
            folders += std::filesystem::exists(entry.path() / "mine") ? 1 : 0;
        QCOMPARE(folders, std::ptrdiff_t{kProcesses * kRuns});
    }

    void a_run_whose_folder_cannot_be_made_is_not_created() {
        Fixture f;
        write_file(f.folder.path() / "runs", "in the way");
        expect_error(ErrorCode::WriteFailed, [&] { f.store.create_run("r", "{}"); });
        QVERIFY(f.store.runs().empty());
    }

    void what_is_shown_depends_on_who_is_alive() {
        Fixture f;
        Sleeper worker;
        const RunId id = f.store.create_run("r", "{}");
        QCOMPARE(f.shown(id), std::string("queued"));
        f.store.claim(id, {.pid = worker.pid()});
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

    void a_stop_is_not_taken_back_by_a_weaker_wish() {
        Fixture f;
        Sleeper worker;
        const RunId id = f.store.create_run("r", "{}");
        f.store.claim(id, {.pid = worker.pid()});
        f.store.request(id, "hold");
        QCOMPARE(f.store.wanted(id), std::string("hold"));
        f.store.request(id, "stop_save");
        for (const char* weaker : {"run", "hold", "release", "save_now"}) {
            QVERIFY(!f.store.request(id, weaker));
            QCOMPARE(f.store.wanted(id), std::string("stop_save"));
        }
        QVERIFY(f.store.request(id, "stop_discard"));
        QVERIFY(!f.store.request(id, "stop_save"));
        QCOMPARE(f.store.wanted(id), std::string("stop_discard"));
    }

    void a_one_shot_goes_back_to_its_level_unless_a_stop_came() {
        Fixture f;
        Sleeper worker;
        const RunId id = f.store.create_run("r", "{}");
        f.store.claim(id, {.pid = worker.pid()});
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

    void tags_are_kept_once_and_go_with_the_run() {
        Fixture f;
        const RunId id = f.store.create_run("r", "{}"), other = f.store.create_run("s", "{}");
        for (const char* tag : {"paper", "best", "paper"}) f.store.add_tag(id, tag);
        f.store.add_tag(other, "paper");
        QCOMPARE(f.store.tags(id), (std::vector<std::string>{"best", "paper"}));
        f.store.remove_tag(id, "best");
        f.store.remove_tag(id, "never there");
        QCOMPARE(f.store.tags(id), std::vector<std::string>{"paper"});
        f.store.delete_run(id);
        QVERIFY(f.store.tags(id).empty());
        QCOMPARE(f.store.tags(other), std::vector<std::string>{"paper"});
        expect_error(ErrorCode::NotFound, [&] { f.store.add_tag(99, "x"); });
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
        f.store.claim(id, {.pid = worker.pid()});
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
