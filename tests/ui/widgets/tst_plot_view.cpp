// One chart: the log axis, following and zooming, what the cross hair says, pictures of marks and emptiness.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/plot_view.h"

#include <QImage>
#include <QtTest>
#include <algorithm>
#include <cmath>

using namespace molt::ui;

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void a_log_axis_hides_and_counts() {
        PlotView plot;
        plot.resize(400, 300);
        plot.setSeries("loss", "loss", {1, 2, 3, 4, 5}, {1, 0, -1, std::nan(""), INFINITY});
        QCOMPARE(plot.hiddenByLog(), 0);
        QCOMPARE(plot.nonFinite(), 2);
        plot.setLogY(true);
        QCOMPARE(plot.hiddenByLog(), 2);
        QVERIFY(plot.lowerY() > 0 && std::isfinite(plot.upperY()));
        QVERIFY(plot.rawPenWidth() <= 1.0);
        QVERIFY(plot.accessibleDescription().contains("loss"));
    }

    void there_are_only_whole_steps_from_the_first_on() {
        for (const int last : {0, 1, 2, 9, 14, 100, 1234}) {
            PlotView plot;
            plot.resize(400, 300);
            std::vector<double> x, y;
            for (int step = 0; step <= last; ++step) x.push_back(step), y.push_back(1.0 / (step + 1));
            plot.setSeries("loss", "loss", x, y);
            plot.fit();
            const QVector<double> ticks = plot.stepTicks();
            QVERIFY(!ticks.isEmpty());
            for (const double tick : ticks) QCOMPARE(tick, std::round(tick));
            if (last == 0)
                QVERIFY(std::count_if(ticks.begin(), ticks.end(), [](double t) { return t >= -0.5 && t <= 0.5; }) == 1);
        }
    }

    void new_points_never_move_a_zoomed_view() {
        PlotView plot;
        plot.resize(400, 300);
        plot.show();
        std::vector<double> x{1, 2, 3}, y{3, 2, 1};
        plot.setSeries("loss", "loss", x, y);
        QVERIFY(plot.following());
        QTest::keyClick(plot.findChildren<QWidget*>().last(), Qt::Key_Plus);
        for (QWidget* child : plot.findChildren<QWidget*>())
            if (child->focusPolicy() == Qt::StrongFocus) QTest::keyClick(child, Qt::Key_Plus);
        QVERIFY(!plot.following());
        const double upper = plot.upperY();
        x.push_back(4);
        y.push_back(900);
        plot.setSeries("loss", "loss", x, y);
        QCOMPARE(plot.upperY(), upper);
        plot.fit();
        QVERIFY(plot.following());
    }

    void the_cross_hair_stops_at_logged_points_and_tells_all_series() {
        PlotView plot;
        plot.resize(400, 300);
        QCOMPARE(plot.readoutAt(3), QString());
        plot.setSeries("loss", "total", {10, 20, 30}, {3, 2, 1});
        plot.setSeries("loss_kl", "KL", {10, 20, 30}, {1.5, 1.25, 0.5});
        plot.setSeries("eval", "held-out", {10, 30}, {9, 8});
        const QString at20 = plot.readoutAt(21.9);
        QVERIFY(at20.contains("step 20"));
        QVERIFY(at20.contains("total  2"));
        QVERIFY(at20.contains("KL  1.25"));
        // A series without a point at this step is not made up.
        QVERIFY(!at20.contains("held-out"));
        QVERIFY(plot.readoutAt(28).contains("held-out  8"));
    }

    void zooming_keeps_the_range_and_fit_brings_it_back() {
        PlotView plot;
        plot.resize(400, 300);
        std::vector<double> x, y;
        for (int i = 0; i < 1000; ++i) {
            x.push_back(i);
            y.push_back(std::cos(i * 0.01));
        }
        plot.setSeries("loss", "loss", x, y);
        plot.zoomTo(100, 110);
        QVERIFY(!plot.following());
        plot.setSmoothing(0.9);
        QVERIFY(!plot.following());
        plot.fit();
        QVERIFY(plot.following());
    }

    void an_empty_chart_says_so_and_marks_are_drawn() {
        PlotView plot;
        plot.resize(400, 300);
        plot.show();
        plot.drawNow();
        const QImage bare = plot.grab().toImage();
        plot.setEmptyText("Nothing yet");
        plot.drawNow();
        const QImage empty = plot.grab().toImage();
        QVERIFY(bare != empty);
        plot.setSeries("loss", "loss", {1, 2, 3}, {3, 2, 1});
        plot.drawNow();
        const QImage drawn = plot.grab().toImage();
        plot.setMarks({{2, "resumed"}});
        plot.drawNow();
        QVERIFY(plot.grab().toImage() != drawn);
        plot.clear();
        plot.drawNow();
        QVERIFY(plot.grab().toImage() == empty);
    }
};

QTEST_MAIN(Tst)
#include "tst_plot_view.moc"
