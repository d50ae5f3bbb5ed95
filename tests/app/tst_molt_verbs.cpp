// molt runs, verb by verb, and molt query: what each does to a run, as black boxes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/run_bench.h"

using namespace molt;

namespace {

constexpr int kEndless = 1'000'000;
const std::pair<QString, QString> kOften{"\"evaluate_every\"", "\"checkpoint_every\": 4, \"evaluate_every\""};

}  // namespace

class TstMoltVerbs : public QObject {
    Q_OBJECT
private:
    const RunBench bench_;

    /// A completed run of 10 steps with checkpoints at 4 and 8 in each database that a test names first.
    void complete(const QString& database) const {
        const ProcessResult done = bench_.train(bench_.recipe(database, 10, {kOften}), database, {"--deterministic"});
        QVERIFY2(done.status == 0, done.err.constData());
    }
    QJsonArray evaluations(const QString& database) const {
        return bench_.molt({"runs", "series", "1", "eval/loss", "--json"}, database).json()["points"].toArray();
    }

private Q_SLOTS:
    void a_held_run_saves_evaluates_and_goes_on() {
        LiveMolt worker(QStringList{"train", bench_.recipe("held", kEndless)} + bench_.db("held"));
        QVERIFY(bench_.reaches_step("held", 1));
        QCOMPARE(bench_.molt({"runs", "hold", "1"}, "held").status, 0);
        QVERIFY(bench_.reaches("held", {"held"}));
        QCOMPARE(bench_.molt({"runs", "checkpoint", "1"}, "held").status, 0);
        QVERIFY(QTest::qWaitFor([&] { return bench_.listed_checkpoints("held").size() == 1; }, 120'000));
        const auto evaluated = evaluations("held").size();
        QCOMPARE(bench_.molt({"runs", "evaluate", "1"}, "held").status, 0);
        QVERIFY(QTest::qWaitFor([&] { return evaluations("held").size() > evaluated; }, 120'000));
        // Both were done at the step where the run was held, and it still is.
        const int step = bench_.listed_checkpoints("held").front();
        QCOMPARE(evaluations("held").last().toArray()[0].toInt(), step);
        QCOMPARE(bench_.state("held"), QString("held"));
        QCOMPARE(bench_.loss("held").size(), step);
        QCOMPARE(bench_.molt({"runs", "resume", "1"}, "held").status, 0);
        QVERIFY(bench_.reaches_step("held", step + 1));
        QCOMPARE(bench_.molt({"runs", "release", "1"}, "held").status, 0);
        QCOMPARE(worker.wait(), 0);
        QCOMPARE(bench_.state("held"), QString("released"));
        expect_failure(bench_.molt({"runs", "hold", "1"}, "held"), 2);
    }

    void notes_and_tags_are_kept() {
        complete("tags");
        QCOMPARE(bench_.molt({"runs", "note", "1", "the \xE2\x80\x9Cgood\xE2\x80\x9D one"}, "tags").status, 0);
        QCOMPARE(bench_.show("tags")["note"].toString(), QString::fromUtf8("the \xE2\x80\x9Cgood\xE2\x80\x9D one"));
        QCOMPARE(bench_.molt({"runs", "tag", "1", "paper", "best", "paper"}, "tags").status, 0);
        QCOMPARE(bench_.show("tags")["tags"].toArray(), (QJsonArray{"best", "paper"}));
        QCOMPARE(bench_.molt({"runs", "tag", "1", "best", "--remove"}, "tags").out.trimmed(), QByteArray("paper"));
        const auto listed = [&](const QString& tag) {
            return QJsonDocument::fromJson(bench_.molt({"runs", "list", "--json", "--tag", tag}, "tags").out)
                .array()
                .size();
        };
        QCOMPARE(listed("paper"), 1);
        QCOMPARE(listed("best"), 0);
        expect_failure(bench_.molt({"runs", "tag", "9", "x"}, "tags"), 3);
        expect_failure(bench_.molt({"runs", "tag", "1", " "}, "tags"), 2);
    }

    void a_run_is_deleted_when_nobody_works_on_it() {
        LiveMolt worker(QStringList{"train", bench_.recipe("deleted", kEndless)} + bench_.db("deleted"));
        QVERIFY(bench_.reaches_step("deleted", 1));
        expect_failure(bench_.molt({"runs", "delete", "1", "--files"}, "deleted"), 12);
        QCOMPARE(bench_.state("deleted"), QString("running"));
        QCOMPARE(bench_.molt({"runs", "stop", "1"}, "deleted").status, 0);
        QCOMPARE(worker.wait(), 0);
        QVERIFY(QFile::exists(bench_.in("deleted/runs/1")));
        QCOMPARE(bench_.molt({"runs", "delete", "1", "--files"}, "deleted").status, 0);
        QVERIFY(!QFile::exists(bench_.in("deleted/runs/1")));
        expect_failure(bench_.molt({"runs", "show", "1"}, "deleted"), 3);
    }

    void a_clone_repeats_the_run_and_a_changed_one_does_not() {
        complete("clone");
        const ProcessResult same = bench_.molt({"runs", "clone", "1", "--json"}, "clone");
        QVERIFY2(same.status == 0, same.err.constData());
        QCOMPARE(same.json()["id"].toInt(), 2);
        QCOMPARE(bench_.show("clone", 2)["parent"].toInt(), 1);
        QCOMPARE(bench_.loss("clone", 2), bench_.loss("clone", 1));
        QCOMPARE(bench_.molt({"runs", "clone", "1", "--set", "seed=6", "--set", "stages.0.steps=5"}, "clone").status,
                 0);
        QCOMPARE(bench_.loss("clone", 3).size(), 5);
        QVERIFY(bench_.loss("clone", 3)[0] != bench_.loss("clone", 1)[0]);
        expect_failure(bench_.molt({"runs", "clone", "1", "--set", "sed=6"}, "clone"), 5);
        expect_failure(bench_.molt({"runs", "clone", "9"}, "clone"), 3);
        expect_failure(bench_.molt({"runs", "show", "4"}, "clone"), 3);
    }

    void a_fork_goes_on_from_a_checkpoint_with_the_curves_before_it() {
        complete("fork");
        const ProcessResult fork = bench_.molt({"runs", "fork", "1", "--from", "4", "--json"}, "fork");
        QVERIFY2(fork.status == 0, fork.err.constData());
        QCOMPARE(fork.json()["id"].toInt(), 2);
        // Nothing was changed, so the fork does what its parent did, and step 1 to 4 are the parent's own.
        QCOMPARE(bench_.loss("fork", 2), bench_.loss("fork", 1));
        QCOMPARE(bench_.show("fork", 2)["parent"].toInt(), 1);
        QCOMPARE(bench_.stored_checkpoints("fork", 1), (QList<int>{4, 8}));
        const ProcessResult changed =
            bench_.molt({"runs", "fork", "1", "--set", "stages.0.learning_rate=0.01"}, "fork");
        QVERIFY2(changed.status == 0, changed.err.constData());
        QCOMPARE(bench_.loss("fork", 3).size(), 10);
        for (int step = 0; step < 8; ++step) QCOMPARE(bench_.loss("fork", 3)[step], bench_.loss("fork", 1)[step]);
        QVERIFY(bench_.loss("fork", 3)[9] != bench_.loss("fork", 1)[9]);
        const ProcessResult absent = bench_.molt({"runs", "fork", "1", "--from", "5"}, "fork");
        expect_failure(absent, 3);
        QVERIFY2(absent.err.contains("4, 8"), absent.err.constData());
        QVERIFY(!QFile::exists(bench_.in("fork/runs/4")));
    }

    void an_exported_run_is_whole_in_another_database() {
        complete("here");
        QCOMPARE(bench_.molt({"runs", "note", "1", "mine"}, "here").status, 0);
        QCOMPARE(bench_.molt({"runs", "tag", "1", "kept"}, "here").status, 0);
        const ProcessResult written = bench_.molt({"runs", "export", "1", bench_.in("archive")}, "here");
        QVERIFY2(written.status == 0, written.err.constData());
        expect_failure(bench_.molt({"runs", "export", "1", bench_.in("archive")}, "here"), 2);
        // The place where it comes from is gone, and the number is taken.
        QVERIFY(QDir(bench_.in("here/runs")).rename("1", "elsewhere"));
        QCOMPARE(bench_.train(bench_.recipe("other", 2), "there").status, 0);
        const ProcessResult read = bench_.molt({"runs", "import", bench_.in("archive"), "--json"}, "there");
        QVERIFY2(read.status == 0, read.err.constData());
        QCOMPARE(read.json()["id"].toInt(), 2);
        const QJsonObject shown = bench_.show("there", 2), before = bench_.show("here", 1);
        for (const char* key : {"name", "state", "step", "steps", "tokens", "note", "tags", "best", "config", "started",
                                "finished", "attempt"})
            QCOMPARE(shown[key], before[key]);
        QCOMPARE(bench_.loss("there", 2), bench_.loss("here", 1));
        QCOMPARE(bench_.listed_checkpoints("there", 2), (QList<int>{4, 8}));
        QVERIFY(shown["model"].toString().startsWith(bench_.in("there/runs/2/")));
        QCOMPARE(run_molt({"describe", shown["model"].toString()}).status, 0);
        // It can be gone on from as if it had been trained there.
        const ProcessResult fork = bench_.molt({"runs", "fork", "2", "--json"}, "there");
        QVERIFY2(fork.status == 0, fork.err.constData());
        QCOMPARE(bench_.loss("there", 3), bench_.loss("here", 1));
    }

    void a_damaged_archive_leaves_nothing_behind() {
        complete("damaged");
        QCOMPARE(bench_.molt({"runs", "export", "1", bench_.in("good")}, "damaged").status, 0);
        expect_failure(bench_.molt({"runs", "import", bench_.in("nothing")}, "damaged"), 3);
        const auto replace = [&](const QString& name, const QByteArray& content) {
            QFile file(bench_.in("good/" + name));
            if (!file.open(QIODevice::ReadWrite)) return QByteArray();
            const QByteArray old = file.readAll();
            file.resize(0);
            file.seek(0);
            file.write(content);
            return old;
        };
        const QByteArray row = replace("run.json", "{\"format\": 1}");
        expect_failure(bench_.molt({"runs", "import", bench_.in("good")}, "damaged"), 4);
        replace("run.json", row);
        const QByteArray events = replace("events.jsonl", "{\"time\": 1, \"kind\": \"metrics\", \"body\": 7}\n");
        expect_failure(bench_.molt({"runs", "import", bench_.in("good")}, "damaged"), 4);
        replace("events.jsonl", events.trimmed().chopped(1));
        expect_failure(bench_.molt({"runs", "import", bench_.in("good")}, "damaged"), 4);
        QCOMPARE(QDir(bench_.in("damaged/runs")).entryList(QDir::Dirs | QDir::NoDotAndDotDot), QStringList{"1"});
        QCOMPARE(QJsonDocument::fromJson(bench_.molt({"runs", "--json"}, "damaged").out).array().size(), 1);
    }

    void queries_answer_as_text_json_and_csv() {
        complete("query");
        QCOMPARE(bench_.molt({"runs", "note", "1", "a, \"b\""}, "query").status, 0);
        const QString sql = "SELECT id, state, note, parent * 0.5 AS half FROM run";
        const ProcessResult document = bench_.molt({"query", sql, "--json"}, "query");
        QCOMPARE(QJsonDocument::fromJson(document.out).array(),
                 (QJsonArray{QJsonObject{{"id", 1}, {"state", "completed"}, {"note", "a, \"b\""}, {"half", 0.0}}}));
        QCOMPARE(bench_.molt({"query", sql, "--csv"}, "query").out,
                 QByteArray("id,state,note,half\n1,completed,\"a, \"\"b\"\"\",0.0\n"));
        QCOMPARE(bench_.molt({"query", "SELECT count(*) AS n FROM point"}, "query").out.left(2), QByteArray("n\n"));
        expect_failure(bench_.molt({"query", "DELETE FROM run"}, "query"), 2);
        expect_failure(bench_.molt({"query", "SELECT nothing"}, "query"), 2);
        expect_failure(run_molt({"query", "SELECT 1", "--db", bench_.in("absent.db")}), 3);
        QCOMPARE(bench_.state("query"), QString("completed"));
    }
};

QTEST_GUILESS_MAIN(TstMoltVerbs)
#include "tst_molt_verbs.moc"
