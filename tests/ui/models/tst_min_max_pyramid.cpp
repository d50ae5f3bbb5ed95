// The data path of a chart: pyramid, smoothing, range of the axis, curves of resumed runs.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/min_max_pyramid.h"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <random>

#include "ui/models/plot_range.h"
#include "ui/models/run_curves.h"
#include "ui/models/smoothing.h"

using namespace molt;
using namespace molt::ui;

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void any_window_shows_its_extremes_with_few_points() {
        std::mt19937 random(3);
        std::uniform_real_distribution<double> value(-1, 1);
        MinMaxPyramid pyramid;
        std::vector<double> y;
        for (int i = 0; i < 20000; ++i) {
            y.push_back(value(random) + (i == 7777 ? 50 : 0));
            pyramid.append(i, y.back());
        }
        for (int trial = 0; trial < 100; ++trial) {
            const int from = static_cast<int>(random() % 15000), to = from + 200 + static_cast<int>(random() % 4000);
            const auto seen = pyramid.visible(from, to, 300);
            QVERIFY(seen.size() <= 2 * 2 * 300 + 8);
            double low = 1e9, high = -1e9;
            for (const auto& point : seen) {
                QCOMPARE(point.y, y[static_cast<std::size_t>(point.x)]);  // never an invented point
                low = std::min(low, point.y);
                high = std::max(high, point.y);
            }
            QVERIFY(low <= *std::min_element(y.begin() + from, y.begin() + to + 1));
            QVERIFY(high >= *std::max_element(y.begin() + from, y.begin() + to + 1));
            QVERIFY(std::is_sorted(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.x < b.x; }));
        }
        QCOMPARE(pyramid.visible(0, 20000, 300).back().x, 19999.0);
    }

    void smoothing_is_the_debiased_average() {
        Smoother constant(0.9);
        for (int i = 0; i < 50; ++i) QVERIFY(std::abs(constant.push(2.5) - 2.5) < 1e-12);
        Smoother smoother(0.6);
        const double y[] = {3, 1, 4, 1, 5};
        for (int i = 0; i < 5; ++i) {
            double sum = 0, weights = 0;
            for (int j = 0; j <= i; ++j) {
                sum += std::pow(0.6, i - j) * y[j];
                weights += std::pow(0.6, i - j);
            }
            QVERIFY(std::abs(smoother.push(y[i]) - sum / weights) < 1e-12);
        }
        QVERIFY(std::isnan(smoother.push(std::nan(""))));
        QVERIFY(std::isfinite(smoother.push(1)));
    }

    void the_axis_leaves_out_far_values_and_counts_them() {
        std::vector<double> falling;
        for (int i = 0; i < 300; ++i) falling.push_back(3 * std::exp(-i / 60.0) + 0.1);
        QCOMPARE(fitRange(falling, RangeKind::WithoutOutliers, false).outside, 0);
        std::vector<double> spiky = falling;
        spiky[200] = 1000;
        const PlotRange without = fitRange(spiky, RangeKind::WithoutOutliers, false);
        QCOMPARE(without.outside, 1);
        QVERIFY(without.upper < 5);
        QVERIFY(fitRange(spiky, RangeKind::Everything, false).upper > 1000);
    }

    void a_log_axis_has_a_finite_range_for_any_values() {
        const PlotRange range = fitRange({1, 0, -1, std::nan(""), INFINITY}, RangeKind::WithoutOutliers, true);
        QVERIFY(range.lower > 0 && range.lower < 1 && range.upper > 1 && std::isfinite(range.upper));
        const PlotRange none = fitRange({0, -3}, RangeKind::Everything, true);
        QVERIFY(none.lower > 0 && none.upper > none.lower);
    }

    void a_resumed_attempt_replaces_the_tail_that_it_repeats() {
        RunCurves curves;
        const auto step = [&](std::int64_t at, double value) {
            curves.apply({0, 0, StepMetrics{at, {{"loss", value}}}});
        };
        for (int i = 1; i <= 5; ++i) step(i, i);
        curves.apply({0, 0, StateChanged{"starting", 2}});
        for (int i = 4; i <= 6; ++i) step(i, 10 * i);
        const RunCurves::Series& loss = curves.all()["loss"];
        QCOMPARE(loss.step, (std::vector<double>{1, 2, 3, 4, 5, 6}));
        QCOMPARE(loss.value, (std::vector<double>{1, 2, 3, 40, 50, 60}));
        QCOMPARE(curves.resumedAt(), std::vector<double>{4});
        QCOMPARE(curves.smallest("loss"), 1.0);
        QVERIFY(std::isnan(curves.last("nothing")));
    }
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_min_max_pyramid.moc"
