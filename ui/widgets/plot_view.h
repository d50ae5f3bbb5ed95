// PlotView: one chart of live curves. QCustomPlot is behind it and nowhere else.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QVector>
#include <QWidget>
#include <memory>
#include <vector>

namespace molt::ui {

/// Raw points thin and pale, a smoothed line over them; a true log axis; hover shows logged points only.
/// Gestures: drag zooms a box, Shift+drag or middle button pans, Ctrl+wheel zooms, double click fits.
/// Keys: Home fits, + and - zoom, arrows pan, L asks for the log axis, [ and ] for less and more smoothing.
class PlotView : public QWidget {
    Q_OBJECT
public:
    explicit PlotView(QWidget* parent = nullptr);
    ~PlotView() override;

    void setTitle(const QString& title);
    /// What an empty chart says in place of axes ("The first evaluation is still to come").
    void setEmptyText(const QString& text);
    /// Vertical lines with a name: where an attempt or a stage begins.
    void setMarks(const std::vector<std::pair<double, QString>>& marks);
    /// Replaces the points of a series; a new key adds a series in the order of calls.
    void setSeries(const QString& key, const QString& label, const std::vector<double>& x,
                   const std::vector<double>& y);
    void clear();
    void setSmoothing(double weight);
    void setLogY(bool on);
    /// Leaves far outliers out of the range of y (never out of the data) and says how many.
    void setIgnoreOutliers(bool on);
    /// Follow keeps the whole curve in view as it grows; zooming or panning ends it until fit().
    void fit();
    bool following() const;
    /// Points that cannot be shown: values <= 0 on a log axis, and non-finite ones.
    int hiddenByLog() const;
    int nonFinite() const;
    /// Points outside the range of y that fit() chose.
    int outside() const;
    /// Shown range of y, for tests and the accessible description.
    double lowerY() const;
    /// Numbers under the x axis, whole steps.
    QVector<double> stepTicks() const;
    double upperY() const;
    /// Shows x from lower to upper, as a gesture of the user would.
    void zoomTo(double lowerX, double upperX);
    /// Moves the cross hair to the logged points nearest to x and returns what it says; empty if there are none.
    QString readoutAt(double x);
    /// Draws at once instead of with the next turn of the event loop, for measurements.
    void drawNow();
    /// Pen width of raw curves in pixels; wider ones are two orders of magnitude slower (workbench.md section 7).
    double rawPenWidth() const;

Q_SIGNALS:
    void logRequested();
    void smoothingRequested(double change);

public:
    QSize sizeHint() const override { return {360, 220}; }
    QSize minimumSizeHint() const override { return {220, 150}; }

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace molt::ui
