// Tests of core/train/progress_meter.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/progress_meter.h"

#include <QtTest>

namespace molt {

class TstProgressMeter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void the_remaining_time_is_unknown_at_first() {
        ProgressMeter meter;
        for (int step = 0; step < 29; ++step) meter.add_step(0.1, 100);
        QCOMPARE(meter.eta_seconds({.steps = 10}), -1.0);
        meter.add_step(0.1, 100);
        QVERIFY(qAbs(meter.eta_seconds({.steps = 10}) - 1.0) < 1e-9);
    }

    void slow_steps_are_believed_after_a_minute() {
        ProgressMeter meter;
        meter.add_step(59.0, 1);
        QCOMPARE(meter.eta_seconds({.steps = 1}), -1.0);
        meter.add_step(61.0, 1);
        QVERIFY(qAbs(meter.eta_seconds({.steps = 2}) - 120.0) < 1e-9);
    }

    void evaluations_and_saves_add_their_mean_times() {
        ProgressMeter meter;
        for (int step = 0; step < 30; ++step) meter.add_step(0.5, 100);
        meter.add_evaluation(2.0);
        meter.add_evaluation(4.0);
        meter.add_save(10.0);
        QVERIFY(qAbs(meter.eta_seconds({.steps = 4, .evaluations = 2, .saves = 1}) - 18.0) < 1e-9);
    }

    void recent_steps_weigh_more() {
        ProgressMeter meter;
        QCOMPARE(meter.tokens_per_second(), 0.0);
        for (int step = 0; step < 100; ++step) meter.add_step(1.0, 1000);
        QVERIFY(qAbs(meter.tokens_per_second() - 1000.0) < 1e-6);
        for (int step = 0; step < 200; ++step) meter.add_step(0.5, 1000);
        QVERIFY(qAbs(meter.tokens_per_second() - 2000.0) < 10.0);
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstProgressMeter)
#include "tst_progress_meter.moc"
