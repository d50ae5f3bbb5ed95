// The chat worker's protocol as a black box: load, send, stop while decoding, errors, end of input.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/molt_process.h"
#include "tests/support/tiny_llama2c.h"

#include <QJsonArray>
#include <QTemporaryDir>
#include <QtTest>

using namespace molt;

class TstMoltChat : public QObject {
    Q_OBJECT
private:
    QTemporaryDir folder_;
    std::unique_ptr<TinyLlama2c> tiny_;
    QProcess worker_;

    void tell(const QJsonObject& request) {
        worker_.write(QJsonDocument(request).toJson(QJsonDocument::Compact) + "\n");
    }
    /// The next line of one of these types; others are passed over.
    QJsonObject hear(const QStringList& types) {
        while (worker_.canReadLine() || worker_.waitForReadyRead(60'000)) {
            while (worker_.canReadLine()) {
                const QJsonObject line = QJsonDocument::fromJson(worker_.readLine()).object();
                if (types.contains(line["type"].toString())) return line;
            }
        }
        return {};
    }
    QJsonObject load() {
        tell({{"type", "load"}, {"model", text(tiny_->model)}, {"options", QJsonObject{}}});
        return hear({"loaded", "error"});
    }
    QJsonObject message(int id, const QString& content, int max_tokens) const {
        return {{"type", "send"},
                {"id", id},
                {"messages", QJsonArray{QJsonObject{{"role", "user"}, {"content", content}}}},
                {"sampling", QJsonObject{{"max_tokens", max_tokens}, {"temperature", 0}, {"ignore_eos", true}}}};
    }

private Q_SLOTS:
    void initTestCase() { tiny_ = std::make_unique<TinyLlama2c>(folder_.path().toStdString()); }
    void init() {
        worker_.start(molt_program(), {"chat", "--worker"});
        QVERIFY(worker_.waitForStarted());
    }
    void cleanup() {
        worker_.closeWriteChannel();
        if (!worker_.waitForFinished(30'000)) worker_.kill();
        worker_.waitForFinished();
    }

    void a_reply_is_the_sum_of_its_deltas() {
        QCOMPARE(load()["type"].toString(), QString("loaded"));
        tell(message(1, "the cat", 12));
        QString whole;
        int tokens = 0;
        QJsonObject line;
        for (line = hear({"delta", "done", "error"}); line["type"] == "delta";
             line = hear({"delta", "done", "error"})) {
            QCOMPARE(line["id"].toInt(), 1);
            whole += line["text"].toString();
            tokens += static_cast<int>(line["tokens"].toArray().size());
        }
        QCOMPARE(line["type"].toString(), QString("done"));
        QCOMPARE(line["text"].toString(), whole);
        QCOMPARE(line["ids"].toArray().size(), tokens);
        QCOMPARE(line["finish_reason"].toString(), QString("length"));
    }

    void the_same_message_again_reuses_the_state_and_says_the_same() {
        load();
        tell(message(1, "a dog sees", 8));
        const QJsonObject first = hear({"done", "error"});
        tell(message(2, "a dog sees", 8));
        const QJsonObject second = hear({"done", "error"});
        QCOMPARE(second["ids"], first["ids"]);
        QCOMPARE(second["reused_tokens"], second["prompt_tokens"]);
    }

    void stop_ends_a_reply_that_is_going_on() {
        load();
        // Sent before any token is heard: the reader thread must hear it beside the decoding.
        tell(message(7, "the", 80));
        tell({{"type", "stop"}, {"id", 7}});
        const QJsonObject done = hear({"done", "error"});
        QCOMPARE(done["finish_reason"].toString(), QString("cancelled"));
        tell(message(8, "the", 3));
        QCOMPARE(hear({"done", "error"})["finish_reason"].toString(), QString("length"));
    }

    void errors_name_the_request_and_leave_the_worker_alive() {
        tell(message(1, "the", 3));
        QCOMPARE(hear({"done", "error"})["type"].toString(), QString("error"));
        worker_.write("no json\n");
        QCOMPARE(hear({"error"})["code"].toString(), QString("usage"));
        tell({{"type", "load"}, {"model", "/no/such/model"}});
        const QJsonObject missing = hear({"loaded", "error"});
        QCOMPARE(missing["code"].toString(), QString("not_found"));
        QVERIFY(!missing["hint"].toString().isEmpty());
        load();
        tell(message(2, QString("the cat ").repeated(60), 3));
        const QJsonObject too_long = hear({"done", "error"});
        QCOMPARE(too_long["code"].toString(), QString("mismatch"));
        QCOMPARE(too_long["id"].toInt(), 2);
        tell(message(3, "the", 3));
        QCOMPARE(hear({"done", "error"})["type"].toString(), QString("done"));
    }

    void the_worker_ends_with_its_input() {
        load();
        tell(message(1, "the", 80));
        worker_.closeWriteChannel();
        QVERIFY(worker_.waitForFinished(60'000));
        QCOMPARE(worker_.exitStatus(), QProcess::NormalExit);
        QCOMPARE(worker_.exitCode(), 0);
    }

    void quit_ends_the_worker() {
        tell({{"type", "quit"}});
        QVERIFY(worker_.waitForFinished(60'000));
        QCOMPARE(worker_.exitCode(), 0);
    }
};

QTEST_GUILESS_MAIN(TstMoltChat)
#include "tst_molt_chat.moc"
