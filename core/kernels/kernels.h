// The CPU kernels: one table of functions per element type, chosen once for the instruction set of this machine.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A kernel takes its parameters (plain pointers, strides and sizes) and a range of independent units. The caller
// spreads the range over threads; results have the same bits for every split. Kernels allocate only their scratch
// memory.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/kernels/attention.h"
#include "core/kernels/conv1d.h"
#include "core/kernels/linear.h"
#include "core/kernels/rows.h"
#include "core/kernels/selective_scan.h"
#include "core/kernels/ssd.h"

namespace molt::kernels {

template <class Params>
using Kernel = void (*)(const Params& run, std::int64_t begin, std::int64_t end);

template <class T>
struct KernelTable {
    Kernel<ConvForward<T>> conv_forward;
    Kernel<ConvBackward<T>> conv_backward;
    Kernel<ScanForward<T>> scan_forward;
    Kernel<ScanBackward<T>> scan_backward;
    Kernel<SsdForward<T>> ssd_forward;
    Kernel<SsdBackward<T>> ssd_backward;
    Kernel<AttentionForward<T>> attention_forward;
    Kernel<AttentionBackward<T>> attention_backward;
    Kernel<AttentionForward<T>> attention_window;  ///< for few queries: no copy of the keys, no log_sum
    Kernel<NormForward<T>> norm_forward;
    Kernel<NormBackward<T>> norm_backward;
    Kernel<SwigluForward<T>> swiglu_forward;
    Kernel<SwigluBackward<T>> swiglu_backward;
    Kernel<Rope<T>> rope;
    Kernel<LossRows<T>> loss_rows;
    Kernel<LinearForward<T>> linear_forward;
};

/// Kernels of the best instruction set of this CPU; MOLT_SIMD=generic|avx2|avx512 asks for a lower one. T: float,
/// double.
template <class T>
const KernelTable<T>& kernels();

/// "avx512", "avx2" or "generic": what kernels() uses.
std::string_view simd_level();
/// The levels that this CPU can run, lowest first; for tests that compare them.
std::vector<std::string_view> simd_levels();
/// Kernels of one of simd_levels().
template <class T>
KernelTable<T> kernels_at(std::string_view level);

}  // namespace molt::kernels
