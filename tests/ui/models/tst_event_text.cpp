// What the event list says about each kind of event.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/event_text.h"

#include <QRegularExpression>
#include <QtTest>

using namespace molt;
using namespace molt::ui;

namespace {

QString said(decltype(RunEvent::body) body) { return eventText({1, 1000.0, std::move(body)}); }

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void what_happened_is_said_with_its_time() {
        QVERIFY(said(CheckpointSaved{100, "c", 5}).endsWith("Checkpoint at step 100"));
        QVERIFY(said(LogLine{"info", "device", "cpu"}).endsWith("device: cpu"));
        QVERIFY(said(RunFinished{3, "/m"}).contains("/m"));
        QVERIFY(said(RunFailed{"bad_file", "The file is short.", ""}).contains("The file is short."));
        QVERIFY(said(SampleText{5, "Who?", "Anna."}).contains("Anna."));
        QVERIFY(QRegularExpression("^\\d\\d:\\d\\d:\\d\\d ").match(said(StateChanged{"running", 1})).hasMatch());
    }
    void only_a_later_attempt_is_numbered() {
        QVERIFY(!said(StateChanged{"running", 1}).contains("attempt"));
        QVERIFY(said(StateChanged{"running", 3}).contains("attempt 3"));
    }
    void curves_and_progress_are_not_in_the_list() {
        QCOMPARE(said(StepMetrics{1, {{"loss", 2.0}}}), QString());
        QCOMPARE(said(Progress{}), QString());
    }
    void trouble_has_a_colour_of_its_own() {
        QCOMPARE(eventColor({1, 0, RunFailed{}}), QString("failed"));
        QCOMPARE(eventColor({1, 0, LogLine{"warning", "a", "b"}}), QString("queued"));
        QCOMPARE(eventColor({1, 0, LogLine{"info", "a", "b"}}), QString());
    }
};

QTEST_MAIN(Tst)
#include "tst_event_text.moc"
