// Which range of y a chart shows: everything, or everything but far outliers, which are counted instead.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace molt::ui {

struct PlotRange {
    double lower = 0, upper = 1;
    int outside = 0;  ///< values that the range leaves out
};

enum class RangeKind { Everything, WithoutOutliers };

/// Range of the finite values of some curves (of the positive ones if `log`), with a margin. A value is an outlier if
/// it lies further from the middle 90 % than one and a half times their spread (in decades on a log axis); a falling
/// loss curve has none. Of long curves the middle is taken from every k-th value; the outliers are counted exactly.
/// Without a single such value: 0 to 1, or 0.1 to 1 on a log axis.
PlotRange fitRange(const std::vector<std::span<const double>>& curves, RangeKind kind, bool log);
PlotRange fitRange(const std::vector<double>& values, RangeKind kind, bool log);

}  // namespace molt::ui
