// Buckets are built as points arrive: appending is constant time on average, a query touches two buckets a column.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/min_max_pyramid.h"

#include <algorithm>
#include <cmath>

namespace molt::ui {

void MinMaxPyramid::append(double x, double y) {
    points_.push_back({x, y});
    grow();
}

void MinMaxPyramid::clear() {
    points_.clear();
    levels_.clear();
}

void MinMaxPyramid::grow() {
    const auto smaller = [&](std::size_t a, std::size_t b) {
        if (std::isnan(points_[a].y)) return b;
        return std::isnan(points_[b].y) || points_[a].y <= points_[b].y ? a : b;
    };
    const auto larger = [&](std::size_t a, std::size_t b) {
        if (std::isnan(points_[a].y)) return b;
        return std::isnan(points_[b].y) || points_[a].y >= points_[b].y ? a : b;
    };
    for (std::size_t level = 0, width = 2; points_.size() % width == 0; ++level, width *= 2) {
        if (levels_.size() <= level) levels_.emplace_back();
        if (level == 0) {
            const std::size_t last = points_.size() - 1;
            levels_[0].push_back({smaller(last - 1, last), larger(last - 1, last)});
        } else {
            const auto& below = levels_[level - 1];
            const Bucket& left = below[below.size() - 2];
            const Bucket& right = below.back();
            levels_[level].push_back({smaller(left.low, right.low), larger(left.high, right.high)});
        }
    }
}

std::vector<MinMaxPyramid::Point> MinMaxPyramid::visible(double from, double to, std::size_t columns) const {
    const auto before = [](const Point& point, double x) { return point.x < x; };
    const auto after = [](double x, const Point& point) { return x < point.x; };
    auto first =
        static_cast<std::size_t>(std::lower_bound(points_.begin(), points_.end(), from, before) - points_.begin());
    auto last = static_cast<std::size_t>(std::upper_bound(points_.begin(), points_.end(), to, after) - points_.begin());
    if (first > 0) --first;
    if (last < points_.size()) ++last;
    const std::size_t count = last - std::min(first, last);
    columns = std::max<std::size_t>(columns, 1);
    if (count <= 2 * columns)
        return {points_.begin() + static_cast<std::ptrdiff_t>(first),
                points_.begin() + static_cast<std::ptrdiff_t>(last)};

    std::size_t level = 0, width = 2;
    while (width * columns < count && level + 1 < levels_.size()) {
        ++level;
        width *= 2;
    }
    std::vector<Point> drawn;
    std::size_t at = first;
    const auto& buckets = levels_[level];
    while (at < last) {
        const std::size_t bucket = at / width;
        if (at % width != 0 || bucket >= buckets.size() || at + width > last) {
            // The ragged ends, shorter than a bucket, are drawn point by point.
            drawn.push_back(points_[at++]);
            continue;
        }
        const auto [low, high] = buckets[bucket];
        drawn.push_back(points_[std::min(low, high)]);
        if (low != high) drawn.push_back(points_[std::max(low, high)]);
        at += width;
    }
    if (drawn.back().x != points_[last - 1].x) drawn.push_back(points_[last - 1]);
    return drawn;
}

}  // namespace molt::ui
