// Quantiles by partial sorting; fences as in a box plot, over the middle 90 % instead of the middle half.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/plot_range.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace molt::ui {

namespace {

constexpr double kFence = 1.5;
constexpr double kMargin = 0.06;
constexpr std::size_t kSample = 50000;

double quantile(std::vector<double>& values, double share) {
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

bool isShown(double y, bool log) { return std::isfinite(y) && (!log || y > 0); }

/// Values beyond these are outliers, as they are (not as logarithms).
std::pair<double, double> fences(const std::vector<std::span<const double>>& curves, bool log) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    std::size_t all = 0;
    for (const auto& curve : curves) all += curve.size();
    const std::size_t stride = all / kSample + 1;
    std::vector<double> sample;
    for (const auto& curve : curves)
        for (std::size_t i = 0; i < curve.size(); i += stride)
            if (isShown(curve[i], log)) sample.push_back(log ? std::log10(curve[i]) : curve[i]);
    if (sample.empty()) return {-kInfinity, kInfinity};
    const double low = quantile(sample, 0.05), high = quantile(sample, 0.95), reach = kFence * (high - low);
    // A curve that hardly moves has no spread to measure outliers with.
    if (!(reach > 0)) return {-kInfinity, kInfinity};
    if (!log) return {low - reach, high + reach};
    return {std::pow(10.0, low - reach), std::pow(10.0, high + reach)};
}

}  // namespace

PlotRange fitRange(const std::vector<std::span<const double>>& curves, RangeKind kind, bool log) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const auto [from, to] = kind == RangeKind::WithoutOutliers ? fences(curves, log) : std::pair{-kInfinity, kInfinity};
    double low = kInfinity, high = -kInfinity;
    PlotRange range;
    for (const auto& curve : curves) {
        for (const double y : curve) {
            if (!isShown(y, log)) continue;
            if (y < from || y > to) {
                ++range.outside;
                continue;
            }
            low = std::min(low, y);
            high = std::max(high, y);
        }
    }
    if (!(low <= high)) return log ? PlotRange{0.1, 1, range.outside} : PlotRange{0, 1, range.outside};
    if (log) {
        low = std::log10(low);
        high = std::log10(high);
    }
    const double flat = log ? 0.1 : std::max(std::abs(high) * 0.1, 1e-6);
    const double margin = high > low ? kMargin * (high - low) : flat;
    range.lower = low - margin;
    range.upper = high + margin;
    if (log) {
        range.lower = std::pow(10.0, range.lower);
        range.upper = std::pow(10.0, range.upper);
    }
    return range;
}

PlotRange fitRange(const std::vector<double>& values, RangeKind kind, bool log) {
    return fitRange(std::vector<std::span<const double>>{values}, kind, log);
}

}  // namespace molt::ui
