// A card says what happened, what to do, and does it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/notice_card.h"

#include <QPushButton>
#include <QToolButton>
#include <QtTest>

using namespace molt::ui;

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void an_action_is_a_button_that_does_it() {
        NoticeCard card(true);
        QVERIFY(card.isHidden());
        int done = 0;
        card.present({"It broke.", "Mend it.", true, {{"Mend", [&] { ++done; }}, {"Leave it", {}}}});
        QVERIFY(!card.isHidden());
        QCOMPARE(card.accessibleName(), QString("It broke."));
        const auto buttons = card.findChildren<QPushButton*>();
        QCOMPARE(buttons.size(), 2);
        for (QPushButton* button : buttons) button->click();
        QCOMPARE(done, 1);
    }
    void an_action_may_show_the_next_notice() {
        NoticeCard card(true);
        card.present({"One.", {}, true, {{"Go on", [&] { card.present({"Two.", {}, false, {}}); }}}});
        card.findChild<QPushButton*>()->click();
        QCOMPARE(card.message(), QString("Two."));
        QVERIFY(card.findChildren<QPushButton*>().isEmpty());
    }
    void it_is_closed_where_that_is_allowed() {
        NoticeCard closing(true), staying(false);
        for (NoticeCard* card : {&closing, &staying}) card->present({"It broke.", {}, true, {}});
        QVERIFY(staying.findChild<QToolButton*>()->isHidden());
        closing.findChild<QToolButton*>()->click();
        QVERIFY(closing.isHidden());
    }
};

QTEST_MAIN(Tst)
#include "tst_notice_card.moc"
