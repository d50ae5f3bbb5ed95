// Runs that end badly, as black boxes: killed, interrupted twice, out of disk, diverged, without their data.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/run_bench.h"

#include "core/store/database.h"

using namespace molt;

namespace {

constexpr int kEndless = 1'000'000;
const std::pair<QString, QString> kOften{"\"evaluate_every\"", "\"checkpoint_every\": 2, \"evaluate_every\""};
/// Steps of some hundredths of a second, so that there is time to do something to a run.
const std::pair<QString, QString> kSlower{"\"batch_size\": 2, \"sequence_length\": 24",
                                          "\"batch_size\": 8, \"sequence_length\": 64"};

}  // namespace

class TstMoltCrash : public QObject {
    Q_OBJECT
private:
    const RunBench bench_;

    ProcessResult limited(const QString& limit, const QString& command, const QString& database) const {
        return run_shell(limit + "; $MOLT " + command + " --db '" + bench_.db(database)[1] + "'");
    }
    QString error_code(const QString& database) const {
        return bench_.show(database)["error"].toObject()["code"].toString();
    }

private Q_SLOTS:
    void a_killed_run_is_interrupted_and_resumes_bit_identically() {
        const QStringList exact{"--deterministic"};
        const QString recipe = bench_.recipe("killed", 150, {kOften, kSlower});
        QCOMPARE(bench_.train(recipe, "whole", exact).status, 0);
        LiveMolt worker(QStringList{"train", recipe} + exact + bench_.db("killed"));
        QVERIFY(bench_.reaches_step("killed", 3));
        // Held between two steps, so that the kill comes in the middle of the run whatever the machine does.
        QCOMPARE(bench_.molt({"runs", "hold", "1"}, "killed").status, 0);
        QVERIFY(bench_.reaches("killed", {"held"}));
        worker.signal(SIGKILL);
        QCOMPARE(worker.wait(), 128 + SIGKILL);
        QCOMPARE(bench_.state("killed"), QString("interrupted"));
        QVERIFY(bench_.loss("killed").size() < 150);
        const ProcessResult resumed = bench_.molt({"runs", "resume", "1"}, "killed");
        QVERIFY2(resumed.status == 0, resumed.err.constData());
        QCOMPARE(bench_.show("killed")["attempt"].toInt(), 2);
        QCOMPARE(bench_.loss("killed"), bench_.loss("whole"));
    }

    void a_checkpoint_that_the_database_did_not_hear_of_is_adopted() {
        QCOMPARE(bench_.train(bench_.recipe("adopted", 5, {kOften}), "adopted").status, 0);
        QCOMPARE(bench_.listed_checkpoints("adopted"), (QList<int>{2, 4}));
        const std::filesystem::path file = bench_.db("adopted")[1].toStdString();
        {
            Database database(file, schema_migrations());
            database.connection().exec("DELETE FROM checkpoint");
            database.connection().exec("UPDATE run SET state = 'failed'");
        }
        QVERIFY(QDir(bench_.in("adopted/runs/1/final")).removeRecursively());
        QCOMPARE(bench_.listed_checkpoints("adopted"), QList<int>{});
        QCOMPARE(bench_.molt({"runs", "resume", "1"}, "adopted").status, 0);
        QCOMPARE(bench_.listed_checkpoints("adopted"), (QList<int>{2, 4}));
    }

    void the_second_signal_ends_a_run_at_once() {
        const QString slow = bench_.recipe("slow", 3,
                                           {{"\"batch_size\": 2, \"sequence_length\": 24",
                                             "\"batch_size\": 64, \"sequence_length\": 96, "
                                             "\"accumulation\": 1024"}});
        LiveMolt worker(QStringList{"train", slow} + bench_.db("slow"));
        QVERIFY(bench_.reaches("slow", {"running"}));
        // The first step takes minutes, so only the second signal can end it. Two kinds, for equal ones may merge.
        worker.signal(SIGTERM);
        worker.signal(SIGINT);
        QCOMPARE(worker.wait(), 130);
        QCOMPARE(bench_.state("slow"), QString("interrupted"));
    }

    void a_terminated_run_is_stopped_and_a_run_that_is_told_to_stop_ends_well() {
        LiveMolt terminated(QStringList{"train", bench_.recipe("ended", kEndless)} + bench_.db("ended"));
        QVERIFY(bench_.reaches_step("ended", 1));
        terminated.signal(SIGTERM);
        QCOMPARE(terminated.wait(), 130);
        QCOMPARE(bench_.state("ended"), QString("stopped"));
        LiveMolt again(QStringList{"runs", "resume", "1"} + bench_.db("ended"));
        QVERIFY(bench_.reaches("ended", {"running"}));
        QCOMPARE(bench_.molt({"runs", "stop", "1"}, "ended").status, 0);
        QCOMPARE(again.wait(), 0);
        QCOMPARE(bench_.state("ended"), QString("stopped"));
        expect_failure(bench_.molt({"runs", "stop", "1"}, "ended"), 2);
    }

    void a_full_disk_keeps_the_checkpoint_before() {
        LiveMolt first(QStringList{"train", bench_.recipe("full", kEndless, {kOften})} + bench_.db("full"));
        QVERIFY(bench_.reaches_step("full", 3));
        first.signal(SIGTERM);
        QCOMPARE(first.wait(), 130);
        const QList<int> before = bench_.stored_checkpoints("full");
        // Files of 128 KiB at most: the database's own fit, weights do not.
        const ProcessResult full = limited("ulimit -f 256", "runs resume 1", "full");
        expect_failure(full, 8);
        QCOMPARE(bench_.state("full"), QString("failed"));
        QCOMPARE(error_code("full"), QString("write_failed"));
        QCOMPARE(bench_.stored_checkpoints("full"), before);
        QCOMPARE(bench_.listed_checkpoints("full"), before);
        LiveMolt again(QStringList{"runs", "resume", "1"} + bench_.db("full"));
        QVERIFY(bench_.reaches_step("full", before.back() + 3));
        again.signal(SIGTERM);
        QCOMPARE(again.wait(), 130);
    }

    void a_run_that_diverges_fails_and_keeps_its_last_good_checkpoint() {
        const QString wild = bench_.recipe("wild", 200,
                                           {kOften,
                                            {"\"learning_rate\": 0.001",
                                             "\"learning_rate\": 10, \"schedule\": \"constant\", "
                                             "\"gradient_clip\": 0, \"weight_decay\": 10"}});
        const ProcessResult result = bench_.train(wild, "wild");
        expect_failure(result, 9);
        QVERIFY2(result.err.contains("learning_rate"), result.err.constData());
        QCOMPARE(bench_.state("wild"), QString("failed"));
        QCOMPARE(error_code("wild"), QString("non_finite"));
        const QJsonArray checkpoints = bench_.show("wild")["checkpoints"].toArray();
        QVERIFY(!checkpoints.isEmpty());
        // Every weight of it is read and checked.
        for (const QJsonValue point : checkpoints)
            QCOMPARE(run_molt({"describe", point.toObject()["path"].toString(), "--json"}).status, 0);
        QVERIFY(!QFile::exists(bench_.in("wild/runs/1/final")));
    }

    void a_teacher_with_a_weight_that_is_no_number_is_refused() {
        QFile good(text(bench_.tiny().model));
        QVERIFY(good.open(QIODevice::ReadOnly));
        QByteArray bytes = good.readAll();
        const float bad = std::numeric_limits<float>::quiet_NaN();
        bytes.replace(5000, sizeof(bad), reinterpret_cast<const char*>(&bad), sizeof(bad));
        QFile file(bench_.in("nan.bin"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        file.close();
        const QString recipe = bench_.recipe(
            "nan", 3,
            {{text(bench_.tiny().model), file.fileName() + "\", \"tokenizer\": \"" + text(bench_.tiny().tokenizer)}});
        const ProcessResult result = bench_.train(recipe, "nan");
        expect_failure(result, 4);
        QVERIFY2(result.err.contains("finite"), result.err.constData());
        QCOMPARE(bench_.state("nan"), QString("failed"));
        QCOMPARE(error_code("nan"), QString("bad_file"));
        QVERIFY(!QFile::exists(bench_.in("nan/runs/1/final")));
    }

    void data_that_is_gone_fails_the_resume_and_nothing_else() {
        QVERIFY(QFile::copy(text(bench_.tiny().text), bench_.in("gone.txt")));
        const QString recipe = bench_.recipe("gone", kEndless, {{text(bench_.tiny().text), bench_.in("gone.txt")}});
        LiveMolt first(QStringList{"train", recipe} + bench_.db("gone"));
        QVERIFY(bench_.reaches_step("gone", 2));
        first.signal(SIGINT);
        QCOMPARE(first.wait(), 130);
        const QList<int> before = bench_.stored_checkpoints("gone");
        QVERIFY(QFile::rename(bench_.in("gone.txt"), bench_.in("away.txt")));
        const ProcessResult without = bench_.molt({"runs", "resume", "1"}, "gone");
        expect_failure(without, 3);
        QVERIFY2(without.err.contains("gone.txt"), without.err.constData());
        QCOMPARE(bench_.state("gone"), QString("failed"));
        QCOMPARE(bench_.stored_checkpoints("gone"), before);
        QVERIFY(QFile::rename(bench_.in("away.txt"), bench_.in("gone.txt")));
        LiveMolt again(QStringList{"runs", "resume", "1"} + bench_.db("gone"));
        QVERIFY(bench_.reaches_step("gone", before.back() + 1));
        again.signal(SIGINT);
        QCOMPARE(again.wait(), 130);
    }

    void a_locked_database_is_waited_for_and_then_reported() {
        QCOMPARE(bench_.molt({"runs"}, "locked").status, 0);
        const std::filesystem::path file = bench_.db("locked")[1].toStdString();
        Database database(file, schema_migrations());
        database.connection().exec("BEGIN IMMEDIATE");
        const ProcessResult refused = bench_.train(bench_.recipe("locked", 3), "locked");
        expect_failure(refused, 11);
        database.connection().exec("ROLLBACK");
        QVERIFY(QDir(bench_.in("locked/runs")).isEmpty());
        QCOMPARE(QJsonDocument::fromJson(bench_.molt({"runs", "--json"}, "locked").out).array().size(), 0);
    }

    void a_place_that_cannot_be_written_is_refused() {
        expect_failure(run_molt({"runs", "--db", "/proc/molt.db"}), 11);
        expect_failure(run_molt({"runs", "--db", "/proc/nothing/molt.db"}), 11);
    }

    void nobody_has_to_read_what_a_run_prints() {
        // The reader sleeps until the run is over; far more is printed than a pipe holds.
        const QString recipe = bench_.recipe("unread", 400);
        const ProcessResult result =
            run_shell("{ $MOLT train '" + recipe + "' --print-events --db '" + bench_.db("unread")[1] +
                      "' 2>&1; echo status $? >&2; } | { until $MOLT runs --db '" + bench_.db("unread")[1] +
                      "' | grep -q completed; do :; done; wc -c; }");
        QVERIFY2(result.err.contains("status 0"), result.err.constData());
        QVERIFY2(result.out.trimmed().toInt() > 65536, result.out.constData());
    }

    void closed_streams_harm_nothing() {
        const QString recipe = bench_.recipe("mute", 4);
        const ProcessResult closed = limited("exec >&- 2>&-", "train '" + recipe + "'", "mute");
        QCOMPARE(closed.status, 8);
        QCOMPARE(bench_.state("mute"), QString("completed"));
        QCOMPARE(bench_.molt({"db", "check"}, "mute").status, 0);
        QVERIFY(QFile::exists(bench_.in("mute/runs/1/final/config.json")));
        QCOMPARE(run_molt({"describe", bench_.in("mute/runs/1/final")}).status, 0);
    }
};

QTEST_GUILESS_MAIN(TstMoltCrash)
#include "tst_molt_crash.moc"
