// PlotCurve: one curve of a chart: its logged points, the pyramids that are drawn, and what cannot be shown.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <optional>
#include <vector>

#include "ui/models/min_max_pyramid.h"
#include "ui/models/smoothing.h"

namespace molt::ui {

class PlotCurve {
public:
    explicit PlotCurve(QString key) : key_(std::move(key)) {}
    const QString& key() const { return key_; }

    /// Replaces the points; x must not fall. What was there before is not worked through again if it is the beginning.
    void set(const std::vector<double>& x, const std::vector<double>& y);
    /// How points are shown from now on; `log`: values at or below 0 become gaps.
    void setLook(double smoothing, bool log);

    const std::vector<double>& x() const { return x_; }
    const std::vector<double>& y() const { return y_; }
    const MinMaxPyramid& raw() const { return raw_; }
    const MinMaxPyramid& smooth() const { return smooth_; }
    /// Index of the logged point nearest to x; nothing if there are no points.
    std::optional<std::size_t> nearest(double x) const;
    /// Smoothed value at a logged x; nothing where the point is not shown.
    std::optional<double> smoothedAt(double x) const;
    int nonFinite() const { return nonFinite_; }
    int nonPositive() const { return nonPositive_; }

private:
    void extend(std::size_t from);
    QString key_;
    std::vector<double> x_, y_;
    MinMaxPyramid raw_, smooth_;
    Smoother smoother_{0};
    double smoothing_ = 0;
    bool log_ = false;
    int nonFinite_ = 0, nonPositive_ = 0;
};

}  // namespace molt::ui
