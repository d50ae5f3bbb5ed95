// File descriptors that other programs hold the other end of: standard streams that are closed, pipes that nobody
// reads. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace molt {

/// Most bytes that can be written at once where can_write() was true, without waiting.
inline constexpr std::size_t kAtomicWrite = 4096;

/// Whether kAtomicWrite bytes can be written now: false for a full pipe, true for files and for what is broken (the
/// write then fails at once).
bool can_write(int descriptor, int timeout_ms = 0);

/// Descriptors 0, 1 and 2 that are closed become ones that fail, so that no file of ours gets their number and is
/// written into by whoever prints. First thing in main.
void occupy_standard_descriptors();

}  // namespace molt
