// Counts what this program holds on the heap, and refuses what goes beyond a limit. Linked into a test, it replaces
// malloc. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace molt::testing {

/// Starts a measurement on the heap as it is; an allocation that would take more than `limit_bytes` on top fails.
void start_heap_meter(std::size_t limit_bytes);
struct HeapReport {
    std::size_t peak_bytes = 0;  ///< on top of what was there at the start
    bool refused = false;        ///< an allocation was beyond the limit
};
/// Ends the measurement. Without a meter (sanitizer builds) the report is empty.
HeapReport stop_heap_meter();

}  // namespace molt::testing
