// Tests of core/train/schedule.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/Tensor.h>

#include "core/train/schedule.h"

#include <QtTest>
#include <filesystem>

#include "core/model/safetensors.h"
#include "tests/support/expect_error.h"
#include "tests/support/fixtures.h"

namespace molt {

class TstSchedule : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void the_fixtures_are_matched_data() {
        QTest::addColumn<QString>("tensor");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<double>("floor");
        QTest::addColumn<int>("warmup");
        QTest::newRow("cosine") << "schedule.cosine_w10"
                                << "cosine" << 0.0 << 10;
        QTest::newRow("cosine without warm-up") << "schedule.cosine_w0"
                                                << "cosine" << 0.0 << 0;
        QTest::newRow("cosine with floor") << "schedule.cosine_w10_floor0.1"
                                           << "cosine" << 0.1 << 10;
        QTest::newRow("linear") << "schedule.linear_w10"
                                << "linear" << 0.0 << 10;
        QTest::newRow("wsd") << "schedule.wsd_linear"
                             << "wsd" << 0.0 << 10;
        QTest::newRow("wsd cosine") << "schedule.wsd_cosine"
                                    << "wsd_cosine" << 0.1 << 10;
        QTest::newRow("wsd sqrt") << "schedule.wsd_sqrt"
                                  << "wsd_sqrt" << 0.0 << 10;
    }
    void the_fixtures_are_matched() {
        const auto path = fixture_path("optim/optim.safetensors");
        if (!std::filesystem::exists(path)) QSKIP("no shared fixtures");
        QFETCH(QString, tensor);
        QFETCH(QString, kind);
        QFETCH(double, floor);
        QFETCH(int, warmup);
        const Schedule schedule{
            .kind = kind.toStdString(), .peak = 1.0, .floor = floor, .warmup = warmup, .total = 120, .decay = 30};
        const at::Tensor expected = SafetensorsFile::open(path).tensor(tensor.toStdString());
        for (std::int64_t step = 0; step <= 120; ++step) {
            const double difference = learning_rate(schedule, step) - expected[step].item<double>();
            QVERIFY2(std::abs(difference) <= 1e-10, qPrintable(QString::number(step)));
        }
    }

    void constant_stays_at_the_peak() {
        const Schedule schedule{.kind = "constant", .peak = 0.5, .floor = 0.1, .warmup = 4, .total = 20, .decay = 0};
        QCOMPARE(learning_rate(schedule, 2), 0.25);
        for (const std::int64_t step : {4, 10, 20, 1000}) QCOMPARE(learning_rate(schedule, step), 0.5);
    }

    void beyond_the_end_stays_the_floor() {
        for (const char* kind : {"cosine", "linear", "wsd", "wsd_cosine", "wsd_sqrt"}) {
            const Schedule schedule{.kind = kind, .peak = 1.0, .floor = 0.125, .warmup = 0, .total = 10, .decay = 3};
            QCOMPARE(learning_rate(schedule, 10), 0.125);
            QCOMPARE(learning_rate(schedule, 99), 0.125);
        }
    }

    void wsd_falls_over_the_last_fifth() {
        StageConfig config;
        config.schedule = "wsd";
        config.learning_rate = 1.0;
        const Schedule schedule = Schedule::of(config, 100);
        QCOMPARE(learning_rate(schedule, 80), 1.0);
        QVERIFY(learning_rate(schedule, 81) < 1.0);
    }

    void an_unknown_kind_is_refused() {
        const Schedule schedule{.kind = "cubic", .peak = 1.0, .floor = 0.0, .warmup = 0, .total = 10, .decay = 0};
        expect_error(ErrorCode::BadConfig, [&] { learning_rate(schedule, 3); });
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstSchedule)
#include "tst_schedule.moc"
