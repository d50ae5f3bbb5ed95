// One lane of a conversation: readable in both themes, and fast with replies that never break a line.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/lane_view.h"

#include <QApplication>
#include <QTextTable>
#include <QtTest>

#include "ui/models/chat_tree.h"
#include "ui/widgets/theme.h"

using namespace molt::ui;

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void a_question_can_be_read_in_both_themes_data() {
        QTest::addColumn<int>("theme");
        QTest::newRow("light") << static_cast<int>(Theme::Light);
        QTest::newRow("dark") << static_cast<int>(Theme::Dark);
    }
    void a_question_can_be_read_in_both_themes() {
        QFETCH(int, theme);
        applyTheme(*qApp, static_cast<Theme>(theme));
        LaneView view;
        view.show();
        ChatTree tree;
        tree.ask("question");
        view.showConversation(tree, 0);
        const auto* table = qobject_cast<QTextTable*>(view.document()->rootFrame()->childFrames().value(0));
        QVERIFY(table != nullptr);
        const QColor ground = table->format().background().color(),
                     text = QApplication::palette().color(QPalette::Text);
        QVERIFY2(std::abs(ground.lightness() - text.lightness()) > 120,
                 qPrintable(ground.name() + " under " + text.name()));
    }

    void a_streamed_reply_without_newlines_is_broken_into_blocks() {
        LaneView view;
        ChatTree tree;
        tree.ask("q");
        view.showConversation(tree, 0);
        view.setPhase("waiting");
        QString all;
        for (int i = 0; i < 2000; ++i) {
            view.append("word ");
            all += "word ";
            if (i % 50 == 0) QTest::qWait(35);  // lets the 30 Hz flush run
        }
        QTRY_VERIFY(view.toPlainText().count("word") == 2000);
        QVERIFY(!view.toPlainText().contains("waiting"));
        QVERIFY(view.document()->blockCount() > 8);
    }
};

QTEST_MAIN(Tst)
#include "tst_lane_view.moc"
