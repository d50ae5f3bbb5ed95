// Training from the command line, as black boxes: train, run, runs; detached workers, signals, leases, wrong recipes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/run_bench.h"

using namespace molt;

class TstMoltRuns : public QObject {
    Q_OBJECT
private:
    const RunBench bench_;
    QString in(const QString& name) const { return bench_.in(name); }
    QStringList db(const QString& name) const { return bench_.db(name); }
    QString recipe(const QString& name, int steps, const QString& from = {}, const QString& to = {}) const {
        return from.isEmpty() ? bench_.recipe(name, steps) : bench_.recipe(name, steps, {{from, to}});
    }
    QJsonObject show(const QString& database) const { return bench_.show(database); }
    QJsonArray loss(const QString& database) const { return bench_.loss(database); }

private Q_SLOTS:
    void training_ends_with_the_path_of_a_model_that_talks() {
        const ProcessResult trained = run_molt(QStringList{"train", recipe("plain", 6)} + db("plain"));
        QVERIFY2(trained.status == 0, trained.err.constData());
        QVERIFY2(trained.err.contains("stage 1/1") && trained.err.contains("step 6/6"), trained.err.constData());
        const QString model = QString::fromUtf8(trained.out).trimmed().section('\n', -1);
        QVERIFY(QFile::exists(model + "/config.json") && QFile::exists(model + "/mamba_config.json"));
        QCOMPARE(run_molt({"generate", model, "--prompt", "the", "--max-tokens", "3", "--json"}).status, 0);
        const QJsonObject shown = show("plain");
        QCOMPARE(shown["state"].toString(), QString("completed"));
        QCOMPARE(shown["steps"].toInt(), 6);
        QVERIFY(shown["config"].isObject());
        const QJsonArray points = loss("plain");
        QCOMPARE(points.size(), 6);
        QCOMPARE(points[0].toArray()[0].toInt(), 1);
        const ProcessResult csv = run_molt(QStringList{"runs", "series", "1", "loss", "--csv"} + db("plain"));
        QCOMPARE(csv.out.count('\n'), 7);
        const ProcessResult list = run_molt(QStringList{"runs", "--json"} + db("plain"));
        QCOMPARE(QJsonDocument::fromJson(list.out).array().size(), 1);
    }

    void a_dry_run_prints_a_plan_and_writes_nothing() {
        const QString path = recipe("dry", 6);
        QDir().mkpath(in("dry"));
        const QStringList before = QDir(bench_.in({})).entryList();
        const ProcessResult plan =
            run_molt(QStringList{"train", path, "--dry-run", "--json", "--set", "stages.0.steps=9"} + db("dry"));
        QVERIFY2(plan.status == 0, plan.err.constData());
        const QJsonObject stage = plan.json()["stages"].toArray()[0].toObject();
        QCOMPARE(stage["steps"].toInt(), 9);
        QVERIFY(stage["trained_parameters"].toInt() > 0);
        QCOMPARE(QDir(bench_.in({})).entryList(), before);
        QVERIFY(QDir(in("dry")).isEmpty());
    }

    void events_are_printed_one_document_a_line() {
        const ProcessResult events =
            run_molt(QStringList{"train", recipe("events", 3), "--print-events"} + db("events"));
        QCOMPARE(events.status, 0);
        QSet<QString> kinds;
        for (const QByteArray& line : events.out.trimmed().split('\n')) {
            const QJsonDocument document = QJsonDocument::fromJson(line);
            QVERIFY2(document.isObject(), line.constData());
            kinds += document.object()["kind"].toString();
        }
        QVERIFY(kinds.contains("metrics") && kinds.contains("progress") && kinds.contains("finished"));
    }

    void wrong_recipes_name_the_key() {
        const ProcessResult unknown = run_molt(
            QStringList{"train", recipe("unknown", 3, "\"learning_rate\"", "\"learning_rte\""), "--json"} + db("bad"));
        expect_failure(unknown, 5);
        QVERIFY(unknown.err.contains("learning_rte") && unknown.err.contains("learning_rate"));
        QCOMPARE(unknown.error_code(), QString("bad_config"));
        expect_failure(run_molt(QStringList{"train", recipe("range", 3, "0.001", "-1")} + db("bad")), 5);
        expect_failure(run_molt(QStringList{"train", recipe("syntax", 3, "\"steps\"", "steps")} + db("bad")), 5);
        expect_failure(run_molt(QStringList{"train", in("nothing.json")} + db("bad")), 3);
        expect_failure(
            run_molt(QStringList{"train", recipe("nodata", 3, "text.txt", "nothing.txt"), "--dry-run"} + db("bad")), 3);
        expect_failure(
            run_molt(QStringList{"train", recipe("long", 3, "\"sequence_length\": 24", "\"sequence_length\": 4096"),
                                 "--dry-run"} +
                     db("bad")),
            6);
    }

    void a_tokenizer_of_another_vocabulary_is_a_mismatch() {
        QFile small(text(bench_.tiny().tokenizer));
        QVERIFY(small.open(QIODevice::ReadOnly));
        QByteArray bytes = small.readAll();
        for (int i = 0; i < 20; ++i) {
            const float score = 0;
            const qint32 length = 3;
            bytes.append(reinterpret_cast<const char*>(&score), 4);
            bytes.append(reinterpret_cast<const char*>(&length), 4);
            bytes.append(QByteArray("zq") + char('a' + i));
        }
        QFile large(in("large-tokenizer.bin"));
        QVERIFY(large.open(QIODevice::WriteOnly));
        large.write(bytes);
        large.close();
        expect_failure(
            run_molt({"generate", text(bench_.tiny().model), "--tokenizer", large.fileName(), "--prompt", "a"}), 6);
        expect_failure(
            run_molt(QStringList{"train", recipe("vocabulary", 3), "--tokenizer", large.fileName()} + db("bad")), 6);
    }

    void an_interrupted_run_writes_a_checkpoint_and_resumes_bit_identically() {
        const QStringList exact{"--deterministic"};
        // Slow steps, so that the signal comes before the end.
        const QString slow = recipe("cut", 150, "\"batch_size\": 2, \"sequence_length\": 24",
                                    "\"batch_size\": 8, \"sequence_length\": 64");
        QCOMPARE(run_molt(QStringList{"train", slow} + exact + db("whole")).status, 0);
        LiveMolt process(QStringList{"train", slow} + exact + db("cut"));
        QVERIFY(bench_.reaches_step("cut", 5));
        process.signal(SIGINT);
        const int status = process.wait();
        if (status == 0) QSKIP("the machine was faster than the signal");
        QCOMPARE(status, 130);
        QCOMPARE(show("cut")["state"].toString(), QString("stopped"));
        QVERIFY(!show("cut")["checkpoints"].toArray().isEmpty());
        const ProcessResult resumed = run_molt(QStringList{"runs", "resume", "1"} + db("cut"));
        QVERIFY2(resumed.status == 0, resumed.err.constData());
        QCOMPARE(loss("cut"), loss("whole"));
        const QString shown = QString::fromUtf8(run_molt(QStringList{"runs", "show", "1"} + db("cut")).out);
        const QStringList best = shown.split('\n').filter(QRegularExpression("^best "));
        QVERIFY2(best.size() >= 3, qPrintable(shown));
        for (const QString& line : best)
            QVERIFY2(QRegularExpression("^best \\S+ +[0-9.e+-]+$").match(line).hasMatch(), qPrintable(line));
    }

    void a_detached_run_outlives_its_parent_and_can_be_stopped_and_resumed() {
        const ProcessResult started =
            run_molt(QStringList{"train", recipe("detached", 100000), "--detach"} + db("detached"));
        QVERIFY2(started.status == 0, started.err.constData());
        QCOMPARE(started.out.trimmed(), QByteArray("1"));
        QVERIFY(bench_.reaches_step("detached", 3));
        // The lease is held: a second run on this device is refused, and says by whom.
        const ProcessResult second = run_molt(QStringList{"train", recipe("second", 3)} + db("detached"));
        expect_failure(second, 12);
        QVERIFY2(second.err.contains("detached"), second.err.constData());
        QCOMPARE(run_molt(QStringList{"runs", "stop", "1"} + db("detached")).status, 0);
        QVERIFY(bench_.reaches("detached", {"stopped"}));
        const QJsonArray before = loss("detached");
        QVERIFY(QFile::exists(in("detached/runs/1/worker.1.log")));
        QCOMPARE(run_molt(QStringList{"runs", "resume", "1", "--detach"} + db("detached")).status, 0);
        QVERIFY(bench_.reaches_step("detached", static_cast<int>(before.size()) + 1));
        QCOMPARE(run_molt(QStringList{"runs", "stop", "1", "--discard"} + db("detached")).status, 0);
        QVERIFY(bench_.reaches("detached", {"stopped"}));
    }

    void unknown_runs_and_newer_databases_are_refused() {
        expect_failure(run_molt(QStringList{"runs", "show", "77", "--json"} + db("plain")), 3);
        expect_failure(run_molt(QStringList{"runs", "series", "77"} + db("plain")), 3);
        expect_failure(run_molt(QStringList{"runs", "stop", "77"} + db("plain")), 3);
        QCOMPARE(run_molt(QStringList{"runs"} + db("newer")).status, 0);
        // The version of the schema is the header's four bytes at 60.
        QFile file(in("newer/molt.db"));
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.seek(60);
        file.write(QByteArray::fromHex("00000063"));
        file.close();
        expect_failure(run_molt(QStringList{"runs"} + db("newer")), 11);
        QDir().mkpath(in("rubbish"));
        QFile rubbish(in("rubbish/molt.db"));
        QVERIFY(rubbish.open(QIODevice::WriteOnly));
        rubbish.write(QByteArray(4096, 'x'));
        rubbish.close();
        expect_failure(run_molt(QStringList{"runs"} + db("rubbish")), 11);
    }

    void a_full_disk_fails_the_run_and_leaves_no_half_model() {
        const QString path = recipe("full", 3, "\"seed\": 5", "\"seed\": 5, \"out\": \"" + in("full-out") + "\"");
        // The store's files fit into 256 KiB, the student's weights do not.
        const ProcessResult result =
            run_shell("ulimit -f 256; $MOLT train '" + path + "' --db '" + db("full")[1] + "'");
        expect_failure(result, 8);
        QVERIFY(!QFile::exists(in("full-out")));
        QVERIFY(QDir(bench_.in({})).entryList({"full-out*"}).isEmpty());
    }

    void recipes_explain_themselves() {
        const QJsonObject schema = run_molt({"recipe", "--schema"}).json();
        QVERIFY(schema["properties"].toObject().contains("stages"));
        const ProcessResult help = run_molt({"recipe", "--explain", "seed"});
        QCOMPARE(help.status, 0);
        QVERIFY(help.out.contains("seed"));
        const ProcessResult preset = run_molt({"recipe", "--preset", "tiny-demo"});
        QCOMPARE(preset.status, 0);
        QVERIFY(preset.json().contains("stages"));
        expect_failure(run_molt({"recipe", "--preset", "tiny-demmo"}), 2);
    }
};

QTEST_GUILESS_MAIN(TstMoltRuns)
#include "tst_molt_runs.moc"
