// MinMaxPyramid: a curve in halving resolutions, so that any range is drawn with at most two points a pixel column.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace molt::ui {

class MinMaxPyramid {
public:
    struct Point {
        double x = 0, y = 0;
    };

    /// x must not fall; y may hold NaN, which stays a gap where a whole bucket is NaN.
    void append(double x, double y);
    void clear();
    std::size_t size() const { return points_.size(); }
    const std::vector<Point>& points() const { return points_; }

    /// Points to draw for x in [from, to] (and one neighbour on each side) in `columns` pixel columns: all of them if
    /// they are few, else the smallest and largest of each bucket in order of x. The last point is always there.
    std::vector<Point> visible(double from, double to, std::size_t columns) const;

private:
    struct Bucket {
        std::size_t low, high;  // indices of the smallest and largest y
    };
    /// Extends the levels that have become complete with the newest point.
    void grow();
    std::vector<Point> points_;
    std::vector<std::vector<Bucket>> levels_;  // levels_[k]: buckets of 2^(k+1) points, complete ones only
};

}  // namespace molt::ui
