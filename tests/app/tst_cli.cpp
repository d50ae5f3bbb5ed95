// Black-box tests of the command line: exit statuses, one JSON document, nothing half-written, a tiny run from start to
// end. SPDX-License-Identifier: GPL-3.0-or-later
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/support/fixtures.h"

namespace {

struct Answer {
    int status = -1;
    QByteArray out, err;
    /// The one document on stdout; an empty one (a failed test) if there is none or more than one.
    QJsonDocument document() const { return QJsonDocument::fromJson(out); }
    QJsonObject object() const { return document().object(); }
};

Answer molt_program(const QStringList& arguments, const QByteArray& input = {}) {
    QProcess process;
    process.start(QStringLiteral(MOLT_BINARY_DIR "/bin/molt"), arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(300000)) return {};
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

const char* const kTinyRecipe = R"({"name": "tiny", "seed": 1, "tokenizer": "%1",
  "model": {"hidden_size": 16, "intermediate_size": 32, "num_layers": 2, "num_heads": 2, "num_kv_heads": 1, "max_position": 128},
  "stages": [{"kind": "pretrain", "data": "demo:1:200", "steps": 4, "batch_size": 2, "sequence_length": 32, "checkpoint_every": 2}]})";

class Tst : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    QString path(const QString& name) const { return folder_.filePath(name); }
    void write(const QString& name, const QByteArray& bytes) const {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), bytes.size());
    }
    QStringList train(const QStringList& more) const {
        return QStringList{"train", path("recipe.json"), "--db", path("runs.db"), "--threads", "1", "--json"} + more;
    }
    QString stories() const {
        return QString::fromStdString(molt::shared_data_path("teachers/stories260K/stories260K.bin").string());
    }

private Q_SLOTS:
    void initTestCase() {
        QVERIFY(folder_.isValid());
        write("recipe.json", QString(kTinyRecipe).arg(MOLT_SOURCE_DIR "/resources/demo/tokenizer").toUtf8());
    }

    void wrong_input_has_its_own_status_and_one_json_document_data() {
        write("wrong_magic.bin", "this is no model, but it has more bytes than a header of a llama2.c file needs");
        write("short.bin", "abc");
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("status");
        QTest::newRow("unknown command") << QStringList{"fly"} << 2;
        QTest::newRow("unknown flag") << QStringList{"describe", "x", "--fly"} << 2;
        QTest::newRow("missing model") << QStringList{"describe", path("none.bin")} << 3;
        QTest::newRow("wrong magic") << QStringList{"describe", path("wrong_magic.bin")} << 4;
        QTest::newRow("truncated header") << QStringList{"describe", path("short.bin")} << 4;
        QTest::newRow("missing recipe") << QStringList{"train", path("none.json"), "--db", path("a.db")} << 3;
        QTest::newRow("unknown run") << QStringList{"runs", "show", "99", "--db", path("a.db")} << 3;
        QTest::newRow("unknown key") << train({"--set", "stages.0.stepz=3"}) << 5;
    }

    void wrong_input_has_its_own_status_and_one_json_document() {
        QFETCH(QStringList, arguments);
        QFETCH(int, status);
        const Answer answer = molt_program(arguments + QStringList{"--json"});
        QVERIFY2(answer.status == status, answer.err.constData());
        const QJsonObject error = answer.object().value("error").toObject();
        QVERIFY2(!error.value("message").toString().isEmpty(), answer.out.constData());
        QVERIFY(answer.err.contains("error: "));
    }

    void an_unknown_recipe_key_names_the_nearest_known_one() {
        const Answer answer = molt_program(train({"--set", "stages.0.stepz=3"}));
        QVERIFY2(answer.err.contains("\"steps\""), answer.err.constData());
    }

    void a_tiny_run_completes_and_its_model_speaks() {
        const Answer trained = molt_program(train({}));
        QVERIFY2(trained.status == 0, trained.err.constData());
        QCOMPARE(trained.object().value("state").toString(), QString("completed"));
        QCOMPARE(trained.object().value("step").toInt(), 4);
        const QString model = trained.object().value("model").toString();

        const QJsonObject about = molt_program({"describe", model, "--json"}).object();
        QCOMPARE(about.value("hidden_size").toInt(), 16);
        QCOMPARE(about.value("layers").toArray().size(), 2);

        const QStringList speak = {"generate", model,           "--prompt", "hi",           "--max-tokens",
                                   "5",        "--temperature", "1",        "--ignore-eos", "--json"};
        const QJsonArray first = molt_program(speak + QStringList{"--seed", "8"}).object().value("ids").toArray();
        QCOMPARE(first.size(), 5);
        const QJsonArray rows =
            molt_program(speak + QStringList{"--seed", "7", "--batch", "2"}).object().value("rows").toArray();
        QCOMPARE(rows.size(), 2);
        QCOMPARE(rows.at(1).toObject().value("ids").toArray(), first);

        QCOMPARE(molt_program({"logits", model, "--ids", "1,999999", "--out", path("far.safetensors")}).status, 6);
        QVERIFY(!QFileInfo::exists(path("far.safetensors")));
    }

    void an_output_that_exists_is_kept_without_overwrite() {
        write("kept.safetensors", "mine");
        const Answer answer = molt_program({"logits", path("none"), "--ids", "1", "--out", path("kept.safetensors")});
        QCOMPARE(answer.status, 2);
        QVERIFY2(answer.err.contains("--overwrite"), answer.err.constData());
        QCOMPARE(QFileInfo(path("kept.safetensors")).size(), 4);
    }

    void a_chat_worker_answers_errors_and_ends_with_its_input() {
        const Answer answer =
            molt_program({"chat", "--worker"}, "{\"type\":\"send\",\"id\":1,\"messages\":[]}\nnot json\n");
        QCOMPARE(answer.status, 0);
        const QList<QByteArray> lines = answer.out.trimmed().split('\n');
        QCOMPARE(lines.size(), 2);
        for (const QByteArray& line : lines)
            QCOMPARE(QJsonDocument::fromJson(line).object().value("type").toString(), QString("error"));
    }

    void greedy_decoding_repeats_the_published_text_of_the_teacher() {
        if (!QFileInfo::exists(stories())) QSKIP("shared/data/teachers is not there");
        QFile file(QFileInfo(stories()).absolutePath() + "/expected_greedy_200.txt");
        QVERIFY(file.open(QIODevice::ReadOnly));
        const Answer answer = molt_program({"generate", stories(), "--prompt", "", "--max-tokens", "200", "--json"});
        QVERIFY2(answer.status == 0, answer.err.constData());
        QCOMPARE(answer.object().value("text").toString().trimmed(), QString::fromUtf8(file.readAll()).trimmed());
    }

    void a_truncated_teacher_is_a_malformed_file() {
        if (!QFileInfo::exists(stories())) QSKIP("shared/data/teachers is not there");
        QFile file(stories());
        QVERIFY(file.open(QIODevice::ReadOnly));
        write("truncated.bin", file.read(file.size() / 2));
        QCOMPARE(molt_program({"describe", path("truncated.bin")}).status, 4);
    }
};

}  // namespace

QTEST_GUILESS_MAIN(Tst)
#include "tst_cli.moc"
