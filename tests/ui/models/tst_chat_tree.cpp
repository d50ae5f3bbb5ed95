// Conversations: siblings, what each lane is sent, and documents from outside.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/chat_tree.h"

#include <QtTest>

using namespace molt;
using namespace molt::ui;

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void an_edit_keeps_the_old_version_and_its_continuation() {
        ChatTree tree;
        tree.ask("one");
        tree.reply(0, 0).text = "a1";
        tree.reply(0, 1).text = "b1";
        tree.ask("two");
        QCOMPARE(tree.length(), 2);
        QCOMPARE(tree.branch(0, "uno"), 0);
        QCOMPARE(tree.length(), 1);
        QCOMPARE(tree.versions(0), 2);
        QCOMPARE(tree.version(0), 1);
        tree.showVersion(0, 0);
        QCOMPARE(tree.length(), 2);
        QCOMPARE(tree.turn(1).question, QString("two"));
        QCOMPARE(tree.title(), QString("one"));
    }

    void a_lane_is_sent_its_own_replies_only() {
        ChatTree tree;
        tree.ask("q1");
        tree.reply(0, 0).text = "from A";
        tree.reply(0, 1).text = "from B";
        tree.ask("q2");
        const auto sent = tree.messagesFor(1, 1);
        QCOMPARE(sent.size(), 3);
        QCOMPARE(sent[1].content, std::string("from B"));
        QCOMPARE(sent[1].role, std::string("assistant"));
        QCOMPARE(sent[2].content, std::string("q2"));
    }

    void a_stored_conversation_comes_back_whole() {
        ChatTree tree;
        tree.ask("q");
        tree.reply(0, 1).text = "r";
        tree.reply(0, 1).stats = "9 tokens/s";
        tree.branch(0, "q'");
        const ChatTree again = ChatTree::fromJson(tree.toJson());
        QCOMPARE(again.toJson(), tree.toJson());
        QCOMPARE(again.versions(0), 2);
    }

    void a_long_conversation_comes_back_too() {
        ChatTree tree;
        for (int i = 0; i < 200; ++i) tree.ask(QString::number(i));
        const ChatTree again = ChatTree::fromJson(parse_json(tree.toJson().dump(), "conversation"));
        QCOMPARE(again.length(), 200);
        QCOMPARE(again.turn(199).question, QString("199"));
    }

    void damaged_documents_open_as_far_as_they_go() {
        for (const char* text :
             {"null", "[]", "{}", R"({"nodes":5})", R"({"shown":-4,"nodes":[{}]})",
              R"({"shown":9,"nodes":[7,null,{"parent":-2}]})",
              R"({"nodes":[{"parent":1},{"parent":0},{"parent":1,"question":7,"replies":"x","shown":99}]})"}) {
            const ChatTree tree = ChatTree::fromJson(json::parse(text));
            for (int i = 0; i < tree.length(); ++i) QCOMPARE(tree.turn(i).replies.size(), 2);
        }
    }
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_chat_tree.moc"
