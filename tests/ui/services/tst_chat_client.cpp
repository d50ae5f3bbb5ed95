// The chat protocol against a scripted worker: a reply, an error, a crash, a restart.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/services/chat_client.h"

#include <QSignalSpy>
#include <QtTest>

using namespace molt;
using namespace molt::ui;

namespace {
const QString kFakeMolt = QStringLiteral(MOLT_SOURCE_DIR "/tests/support/fake_molt.sh");
const QVector<ChatMessage> kQuestion{{"user", "What does Anna have?"}};
}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void a_reply_streams_and_ends_with_its_numbers() {
        ChatClient client(kFakeMolt);
        QString text;
        connect(&client, &ChatClient::delta, this, [&](const QString& part) { text += part; });
        ReplyStats stats;
        QSignalSpy finished(&client, &ChatClient::finished), progress(&client, &ChatClient::promptProgress);
        connect(&client, &ChatClient::finished, this, [&](const ReplyStats& got) { stats = got; });
        client.load("model");
        client.send(kQuestion, {});
        QVERIFY(client.busy());
        QVERIFY(finished.wait(20000));
        QVERIFY(!client.busy());
        QCOMPARE(text, QString("Anna has a red kite."));
        QCOMPARE(stats.tokens, 4);
        QCOMPARE(stats.promptTokens, 12);
        QCOMPARE(stats.tokensPerSecond, 131.5);
        QCOMPARE(stats.finishReason, QString("eos"));
        QCOMPARE(progress.count(), 1);
    }

    void a_model_that_is_missing_is_an_error_with_a_hint() {
        ChatClient client(kFakeMolt);
        QSignalSpy failed(&client, &ChatClient::failed);
        client.load("missing");
        QVERIFY(failed.wait(20000));
        QCOMPARE(failed[0][1].toString(), QString("Choose another folder."));
    }

    void a_crash_is_said_and_the_next_message_works() {
        ChatClient client(kFakeMolt);
        QSignalSpy failed(&client, &ChatClient::failed), finished(&client, &ChatClient::finished);
        client.load("model");
        client.send({{"user", "crash"}}, {});
        QVERIFY(failed.wait(20000));
        QVERIFY(!client.busy());
        client.send(kQuestion, {});
        QVERIFY(finished.wait(20000));
        QCOMPARE(failed.count(), 1);
    }

    void a_program_that_is_not_there_is_said() {
        ChatClient client("/nowhere/molt");
        QSignalSpy failed(&client, &ChatClient::failed);
        client.load("model");
        if (failed.isEmpty()) QVERIFY(failed.wait(20000));
        QVERIFY(failed[0][1].toString().contains("MOLT_BIN"));
    }
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_chat_client.moc"
