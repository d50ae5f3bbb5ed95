// What is behind PlotView: the QCustomPlot with its gestures, and the drawing of curves, cross hair and marks.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>
// The header needs Qt's keywords; our own headers have a member of this name.
#undef emit

#include <QLabel>
#include <functional>
#include <memory>
#include <vector>

#include "ui/models/plot_curve.h"
#include "ui/models/plot_range.h"
#include "ui/widgets/plot_view.h"

namespace molt::ui {

constexpr double kRawPenWidth = 1.0;
constexpr double kSmoothPenWidth = 2.0;  // of short curves; long ones are drawn with the width of raw curves

/// What QCustomPlot draws of a curve.
struct Drawn {
    explicit Drawn(const QString& key) : curve(key) {}
    PlotCurve curve;
    QString label;
    QCPGraph* raw = nullptr;
    QCPGraph* smooth = nullptr;
    QCPItemTracer* dot = nullptr;  // the hovered point
};

/// QCustomPlot's own box zoom and drag, with the modifiers that TensorBoard's users know.
class Chart : public QCustomPlot {
public:
    using QCustomPlot::QCustomPlot;
    std::function<void()> onUserRange;
    std::function<void()> onFit;
    std::function<void()> onLeave;
    std::function<bool(QKeyEvent*)> onKey;

protected:
    void keyPressEvent(QKeyEvent* event) override {
        if (!onKey(event)) QCustomPlot::keyPressEvent(event);
    }
    void mousePressEvent(QMouseEvent* event) override {
        const bool pan = event->button() == Qt::MiddleButton || event->modifiers().testFlag(Qt::ShiftModifier);
        setSelectionRectMode(pan ? QCP::srmNone : QCP::srmZoom);
        setInteraction(QCP::iRangeDrag, pan);
        pressed_ = event->pos();
        QCustomPlot::mousePressEvent(event);
    }
    void mouseReleaseEvent(QMouseEvent* event) override {
        QCustomPlot::mouseReleaseEvent(event);
        if ((event->pos() - pressed_).manhattanLength() > 4) onUserRange();
    }
    void leaveEvent(QEvent* event) override {
        onLeave();
        QCustomPlot::leaveEvent(event);
    }
    void mouseDoubleClickEvent(QMouseEvent* event) override {
        event->accept();
        onFit();
    }
    void wheelEvent(QWheelEvent* event) override {
        // A plain wheel scrolls the page.
        if (!event->modifiers().testFlag(Qt::ControlModifier)) return event->ignore();
        QCustomPlot::wheelEvent(event);
        onUserRange();
    }

private:
    QPoint pressed_;
};

struct PlotDrawing {
    PlotView* view = nullptr;
    QLabel *title = nullptr, *legend = nullptr, *badge = nullptr;
    Chart* plot = nullptr;
    QCPItemStraightLine* cross = nullptr;
    QCPItemText *readout = nullptr, *empty = nullptr;
    std::vector<std::unique_ptr<Drawn>> curves;
    std::vector<QCPAbstractItem*> marks;
    double smoothing = 0.6;
    bool logY = false;
    bool follow = true;
    RangeKind rangeKind = RangeKind::WithoutOutliers;
    QString name, emptyText;
    int outside = 0;

    void makeItems();
    void setMarks(const std::vector<std::pair<double, QString>>& texts);
    void clear();
    Drawn& curve(const QString& key, const QString& label);
    bool hasPoints() const;
    void fillGraphs();
    void fitRange();
    void redraw();
    void recolor();
    QString moveCross(double x, double pixel);
    void hideCross();
    bool key(QKeyEvent* event);
    void describe();
};

struct PlotView::Impl : PlotDrawing {};

}  // namespace molt::ui
