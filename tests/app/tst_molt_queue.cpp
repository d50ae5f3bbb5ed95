// Runs that want the same device or the same folder, and checkpoints that come and go, as black boxes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/run_bench.h"

using namespace molt;

namespace {

constexpr int kEndless = 1'000'000;

}  // namespace

class TstMoltQueue : public QObject {
    Q_OBJECT
private:
    const RunBench bench_;
    /// A run that holds the device of this database until it is stopped.
    void occupy(const QString& database) const {
        const ProcessResult started = bench_.train(bench_.recipe("holder", kEndless), database, {"--detach"});
        QVERIFY2(started.status == 0, started.err.constData());
        QCOMPARE(started.out.trimmed(), QByteArray("1"));
        QVERIFY(bench_.reaches_step(database, 1));
    }
    void free_device(const QString& database) const {
        QCOMPARE(bench_.molt({"runs", "stop", "1", "--discard"}, database).status, 0);
        QVERIFY(bench_.reaches(database, {"stopped"}));
    }
    QJsonArray runs(const QString& database) const {
        return QJsonDocument::fromJson(bench_.molt({"runs", "--json"}, database).out).array();
    }

private Q_SLOTS:
    void an_attached_run_that_finds_the_device_taken_leaves_nothing_behind() {
        occupy("attached");
        const ProcessResult refused = bench_.train(bench_.recipe("late", 3), "attached");
        expect_failure(refused, 12);
        QVERIFY2(refused.err.contains("run 1 (holder)"), refused.err.constData());
        QVERIFY2(refused.err.contains("--detach"), refused.err.constData());
        QCOMPARE(runs("attached").size(), 1);
        QCOMPARE(QDir(bench_.in("attached/runs")).entryList(QDir::Dirs | QDir::NoDotAndDotDot), QStringList{"1"});
        free_device("attached");
    }

    void a_detached_run_waits_for_the_device_and_then_starts() {
        occupy("waiting");
        const ProcessResult second = bench_.train(bench_.recipe("patient", 3), "waiting", {"--detach"});
        QCOMPARE(second.out.trimmed(), QByteArray("2"));
        const QString log = bench_.in("waiting/runs/2/worker.1.log");
        // The worker has noted that it waits, and for whom.
        QVERIFY(QTest::qWaitFor(
            [&] {
                QFile file(log);
                return file.open(QIODevice::ReadOnly) && file.readAll().contains("run 1 (holder)");
            },
            120'000));
        QCOMPARE(bench_.state("waiting", 2), QString("queued"));
        // A resume finds that a process takes care of it already.
        QCOMPARE(bench_.molt({"runs", "resume", "2", "--detach"}, "waiting").status, 0);
        expect_failure(bench_.molt({"runs", "resume", "2"}, "waiting"), 12);
        free_device("waiting");
        QVERIFY(bench_.reaches("waiting", {"completed"}, 2));
        QCOMPARE(bench_.loss("waiting", 2).size(), 3);
        QCOMPARE(bench_.show("waiting", 2)["attempt"].toInt(), 1);
    }

    void a_waiting_run_can_be_stopped_and_its_worker_ends() {
        occupy("stopped");
        QCOMPARE(bench_.train(bench_.recipe("never", 3), "stopped", {"--detach"}).status, 0);
        QCOMPARE(bench_.molt({"runs", "stop", "2"}, "stopped").status, 0);
        QCOMPARE(bench_.state("stopped", 2), QString("stopped"));
        // Workers find that there is nothing to do, which is no error.
        LiveMolt worker(QStringList{"run", "--id", "2"} + bench_.db("stopped"));
        QCOMPARE(worker.wait(), 0);
        free_device("stopped");
        QCOMPARE(bench_.state("stopped", 2), QString("stopped"));
    }

    void a_refused_resume_changes_nothing() {
        LiveMolt first(QStringList{"train", bench_.recipe("resumed", kEndless)} + bench_.db("resume"));
        QVERIFY(bench_.reaches_step("resume", 1));
        first.signal(SIGTERM);
        QCOMPARE(first.wait(), 130);
        QCOMPARE(bench_.state("resume"), QString("stopped"));
        QCOMPARE(bench_.train(bench_.recipe("holder", kEndless), "resume", {"--detach"}).out.trimmed(),
                 QByteArray("2"));
        QVERIFY(bench_.reaches_step("resume", 1, 2));
        const ProcessResult refused = bench_.molt({"runs", "resume", "1"}, "resume");
        expect_failure(refused, 12);
        QVERIFY2(refused.err.contains("run 2 (holder)"), refused.err.constData());
        QCOMPARE(bench_.state("resume"), QString("stopped"));
        QCOMPARE(bench_.show("resume")["attempt"].toInt(), 1);
        QCOMPARE(bench_.molt({"runs", "stop", "2"}, "resume").status, 0);
        QVERIFY(bench_.reaches("resume", {"stopped"}, 2));
    }

    void two_databases_in_one_folder_do_not_share_runs() {
        QDir().mkpath(bench_.in("shared"));
        const QString recipe = bench_.recipe("twin", 3);
        QStringList models;
        for (const char* name : {"one.db", "two.db", "one.db"}) {
            const ProcessResult run = run_molt({"train", recipe, "--db", bench_.in("shared/") + name});
            QVERIFY2(run.status == 0, run.err.constData());
            models += QString::fromUtf8(run.out).trimmed();
        }
        models.removeDuplicates();
        QCOMPARE(models.size(), 3);
        const ProcessResult other = run_molt({"runs", "show", "2", "--json", "--db", bench_.in("shared/two.db")});
        QCOMPARE(other.json()["state"].toString(), QString("completed"));
    }

    void only_checkpoints_that_exist_are_listed() {
        const QString recipe =
            bench_.recipe("many", 9, {{"\"evaluate_every\"", "\"checkpoint_every\": 1, \"evaluate_every\""}});
        QCOMPARE(bench_.train(recipe, "many").status, 0);
        QCOMPARE(bench_.listed_checkpoints("many"), (QList<int>{7, 8}));
        QCOMPARE(bench_.stored_checkpoints("many"), (QList<int>{7, 8}));
        QVERIFY(QDir(bench_.in("many/runs/1/checkpoints/step-00000007")).removeRecursively());
        QCOMPARE(bench_.listed_checkpoints("many"), QList<int>{8});
    }
};

QTEST_GUILESS_MAIN(TstMoltQueue)
#include "tst_molt_queue.moc"
