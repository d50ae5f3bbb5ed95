// A curve that grows point by point is the same as one that is set at once; what cannot be shown is counted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/plot_curve.h"

#include <QtTest>
#include <cmath>

using namespace molt::ui;

namespace {

bool same(const MinMaxPyramid& a, const MinMaxPyramid& b) {
    return std::equal(a.points().begin(), a.points().end(), b.points().begin(), b.points().end(),
                      [](const auto& p, const auto& q) {
                          return p.x == q.x && (p.y == q.y || (std::isnan(p.y) && std::isnan(q.y)));
                      });
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void growing_is_the_same_as_starting_anew() {
        std::vector<double> x, y;
        PlotCurve grown("loss"), whole("loss");
        grown.setLook(0.6, true);
        whole.setLook(0.6, true);
        for (int i = 0; i < 500; ++i) {
            x.push_back(i);
            y.push_back(i % 50 == 7 ? std::nan("") : i % 60 == 9 ? -1 : std::sin(i * 0.3) + 2);
            grown.set(x, y);
        }
        whole.set(x, y);
        QVERIFY(same(grown.raw(), whole.raw()));
        QVERIFY(same(grown.smooth(), whole.smooth()));
        QCOMPARE(grown.nonFinite(), 10);
        QCOMPARE(grown.nonPositive(), 9);
    }
    void a_cut_tail_is_forgotten() {
        PlotCurve curve("loss");
        curve.set({1, 2, 3, 4}, {4, 0, std::nan(""), 1});
        curve.set({1, 2}, {4, 3});
        QCOMPARE(curve.raw().size(), std::size_t(2));
        QCOMPARE(curve.nonFinite() + curve.nonPositive(), 0);
    }
    void the_nearest_point_is_a_logged_one() {
        PlotCurve curve("loss");
        QVERIFY(!curve.nearest(3));
        curve.set({10, 20, 40}, {3, 2, 1});
        QCOMPARE(*curve.nearest(-5), std::size_t(0));
        QCOMPARE(*curve.nearest(14), std::size_t(0));
        QCOMPARE(*curve.nearest(16), std::size_t(1));
        QCOMPARE(*curve.nearest(1000), std::size_t(2));
        QVERIFY(curve.smoothedAt(20).has_value());
        QVERIFY(!curve.smoothedAt(21).has_value());
    }
};

QTEST_MAIN(Tst)
#include "tst_plot_curve.moc"
