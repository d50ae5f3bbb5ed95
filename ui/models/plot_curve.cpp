// A curve that grows is extended, one that was cut or replaced is built anew.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/plot_curve.h"

#include <algorithm>
#include <cmath>

namespace molt::ui {

namespace {

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

void PlotCurve::set(const std::vector<double>& x, const std::vector<double>& y) {
    const std::size_t known = x_.size();
    const bool grew = known > 0 && known <= x.size() && same(x[known - 1], x_.back()) && same(y[known - 1], y_.back());
    if (grew) {
        x_.insert(x_.end(), x.begin() + static_cast<std::ptrdiff_t>(known), x.end());
        y_.insert(y_.end(), y.begin() + static_cast<std::ptrdiff_t>(known), y.end());
    } else {
        x_ = x;
        y_ = y;
    }
    extend(grew ? known : 0);
}

void PlotCurve::setLook(double smoothing, bool log) {
    smoothing_ = smoothing;
    log_ = log;
    extend(0);
}

/// Takes the points from `from` on into the pyramids; 0 starts anew.
void PlotCurve::extend(std::size_t from) {
    if (from == 0) {
        raw_.clear();
        smooth_.clear();
        smoother_ = Smoother(smoothing_);
        nonFinite_ = nonPositive_ = 0;
    }
    for (std::size_t i = from; i < x_.size(); ++i) {
        const bool finite = std::isfinite(y_[i]);
        nonFinite_ += finite ? 0 : 1;
        nonPositive_ += finite && y_[i] <= 0 ? 1 : 0;
        const bool shown = finite && (!log_ || y_[i] > 0);
        raw_.append(x_[i], shown ? y_[i] : std::nan(""));
        if (shown) smooth_.append(x_[i], smoother_.push(y_[i]));
    }
}

std::optional<std::size_t> PlotCurve::nearest(double x) const {
    if (x_.empty()) return {};
    auto after = std::lower_bound(x_.begin(), x_.end(), x);
    if (after == x_.end() || (after != x_.begin() && x - *(after - 1) < *after - x)) --after;
    return static_cast<std::size_t>(after - x_.begin());
}

std::optional<double> PlotCurve::smoothedAt(double x) const {
    const auto& points = smooth_.points();
    const auto found = std::lower_bound(points.begin(), points.end(), x,
                                        [](const MinMaxPyramid::Point& point, double at) { return point.x < at; });
    if (found == points.end() || found->x != x) return {};
    return found->y;
}

}  // namespace molt::ui
