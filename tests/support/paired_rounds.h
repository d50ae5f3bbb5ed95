// Timing of two ways to do the same thing in alternating rounds, so that other load on the machine hits both alike.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "core/base/platform.h"

namespace molt::testing {

struct PairedTimes {
    double slow_ms = 0.0, fast_ms = 0.0;                          ///< medians
    double ratio = 0.0, lowest_ratio = 0.0, highest_ratio = 0.0;  ///< slow / fast of single rounds: median and range
};

/// Milliseconds of one call; short ones are repeated until at least 20 ms have passed.
inline double milliseconds(const std::function<void()>& work) {
    int calls = 0;
    const double start = steady_clock();
    double now = start;
    while (now - start < 0.02) {
        work();
        ++calls;
        now = steady_clock();
    }
    return 1000.0 * (now - start) / calls;
}

/// Both are called once unmeasured, then `rounds` times in turn.
inline PairedTimes paired_rounds(const std::function<void()>& slow, const std::function<void()>& fast, int rounds = 5) {
    slow(), fast();
    std::vector<double> slow_ms, fast_ms, ratios;
    for (int i = 0; i < rounds; ++i) {
        slow_ms.push_back(milliseconds(slow));
        fast_ms.push_back(milliseconds(fast));
        ratios.push_back(slow_ms.back() / fast_ms.back());
    }
    for (auto* values : {&slow_ms, &fast_ms, &ratios}) std::sort(values->begin(), values->end());
    const std::size_t middle = ratios.size() / 2;
    return {slow_ms[middle], fast_ms[middle], ratios[middle], ratios.front(), ratios.back()};
}

}  // namespace molt::testing
