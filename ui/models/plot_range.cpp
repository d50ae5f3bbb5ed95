// Quantiles by partial sorting; fences as in a box plot, over the middle 90 % instead of the middle half.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/plot_range.h"

#include <algorithm>
#include <cmath>

namespace molt::ui {

namespace {

constexpr double kFence = 1.5;
constexpr double kMargin = 0.06;

double quantile(std::vector<double>& values, double share) {
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

}  // namespace

PlotRange fitRange(std::vector<double> values, RangeKind kind, bool log) {
    std::erase_if(values, [log](double y) { return !std::isfinite(y) || (log && y <= 0); });
    if (values.empty()) return log ? PlotRange{0.1, 1, 0} : PlotRange{};
    if (log) std::transform(values.begin(), values.end(), values.begin(), [](double y) { return std::log10(y); });

    PlotRange range;
    const std::size_t all = values.size();
    if (kind == RangeKind::WithoutOutliers) {
        const double low = quantile(values, 0.05), high = quantile(values, 0.95), reach = kFence * (high - low);
        // A curve that hardly moves has no spread to measure outliers with.
        if (reach > 0) std::erase_if(values, [&](double y) { return y < low - reach || y > high + reach; });
    }
    range.outside = static_cast<int>(all - values.size());
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double flat = log ? 0.1 : std::max(std::abs(*high) * 0.1, 1e-6);
    const double margin = *high > *low ? kMargin * (*high - *low) : flat;
    range.lower = *low - margin;
    range.upper = *high + margin;
    if (log) {
        range.lower = std::pow(10.0, range.lower);
        range.upper = std::pow(10.0, range.upper);
    }
    return range;
}

}  // namespace molt::ui
