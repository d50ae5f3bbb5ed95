// The demo and the database from the command line: what `molt demo` writes and shows, and `molt db`.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/support/molt_process.h"

using namespace molt;

class TstMoltData : public QObject {
    Q_OBJECT
private:
    QTemporaryDir folder_;

    QString in(const QString& name) const { return folder_.filePath(name); }
    static QByteArray bytes(const QString& path) {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(folder_.isValid()); }

    void dialogues_follow_from_the_seed() {
        for (const auto& [name, seed] : {std::pair{"a", "7"}, {"b", "7"}, {"c", "8"}}) {
            const ProcessResult made = run_molt({"demo", "--write-data", in(name), "--count", "50", "--seed", seed});
            QVERIFY2(made.status == 0, made.err.constData());
        }
        QCOMPARE(bytes(in("a")).count('\n'), 50);
        QCOMPARE(bytes(in("a")), bytes(in("b")));
        QVERIFY(bytes(in("a")) != bytes(in("c")));
        const QJsonDocument line = QJsonDocument::fromJson(bytes(in("a")).split('\n').first());
        QVERIFY(line.object()["messages"].toArray().size() > 1);
    }

    void the_committed_tokenizer_is_what_the_command_makes() {
        const ProcessResult made = run_molt({"demo", "--write-tokenizer", in("tokenizer")});
        QVERIFY2(made.status == 0, made.err.constData());
        const QString committed = MOLT_SOURCE_DIR "/resources/demo/tokenizer/";
        for (const QString name : {"tokenizer.model", "tokenizer_config.json"}) {
            QVERIFY(!bytes(committed + name).isEmpty());
            QVERIFY2(bytes(in("tokenizer/") + name) == bytes(committed + name), name.toUtf8().constData());
        }
    }

    void the_demo_ends_with_a_hybrid_close_to_its_teacher() {
        const QStringList database{"--db", in("molt.db")};
        const ProcessResult demo = run_molt(QStringList{"demo"} + database);
        QVERIFY2(demo.status == 0, demo.err.constData());
        QVERIFY2(demo.out.contains("kite") && demo.out.contains("Oslo"), demo.out.constData());
        const ProcessResult series = run_molt(QStringList{"runs", "series", "1", "eval/kl", "--json"} + database);
        const QJsonArray points = series.json()["points"].toArray();
        QVERIFY2(points.size() >= 2, (series.out + series.err).constData());
        const double first = points.first().toArray()[1].toDouble(), last = points.last().toArray()[1].toDouble();
        QVERIFY2(last <= 0.10 && last < first, QByteArray::number(last).constData());
    }

    void a_backup_holds_the_same_runs_and_a_damaged_database_is_refused() {
        const QStringList database{"--db", in("molt.db")};
        QCOMPARE(run_molt(QStringList{"db", "check", "--json"} + database).json()["ok"].toBool(), true);
        const ProcessResult made = run_molt(QStringList{"db", "backup", in("copy.db")} + database);
        QVERIFY2(made.status == 0, made.err.constData());
        const QJsonObject info = run_molt(QStringList{"db", "info", "--json"} + database).json();
        const QJsonObject copied = run_molt({"db", "info", "--json", "--db", in("copy.db")}).json();
        QCOMPARE(copied["runs"].toInt(), info["runs"].toInt());
        const QStringList series{"runs", "series", "1", "--json"};
        QCOMPARE(run_molt(series + QStringList{"--db", in("copy.db")}).out, run_molt(series + database).out);
        QFile damaged(in("copy.db"));
        QVERIFY(damaged.open(QIODevice::ReadWrite));
        damaged.seek(100);
        damaged.write(QByteArray(3000, '\xff'));
        damaged.close();
        const ProcessResult refused = run_molt({"db", "check", "--db", in("copy.db"), "--json"});
        QCOMPARE(refused.status, 11);
        QCOMPARE(refused.error_code(), QString("database"));
    }
};

QTEST_GUILESS_MAIN(TstMoltData)
#include "tst_molt_data.moc"
