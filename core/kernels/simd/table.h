// The kernels of one instruction set, as table.cpp collects them for core/kernels/kernels.h.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/kernels/kernels.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {

/// Lanes of a full vector: 64 bytes on every level, so that all levels add up in the same order.
template <class T>
constexpr int kWide = 64 / sizeof(T);

template <class T>
void conv_forward(const ConvForward<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void conv_backward(const ConvBackward<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void scan_forward(const ScanForward<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void scan_backward(const ScanBackward<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void ssd_forward(const SsdForward<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void ssd_backward(const SsdBackward<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void attention_forward(const AttentionForward<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void attention_backward(const AttentionBackward<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void attention_window(const AttentionForward<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void norm_forward(const NormForward<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void norm_backward(const NormBackward<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void swiglu_forward(const SwigluForward<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void swiglu_backward(const SwigluBackward<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void rope(const Rope<T>& run, std::int64_t begin, std::int64_t end);
template <class T>
void loss_rows(const LossRows<T>& run, std::int64_t begin, std::int64_t end);

template <class T>
void linear_forward(const LinearForward<T>& run, std::int64_t begin, std::int64_t end);

template <class T>
KernelTable<T> table();

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
