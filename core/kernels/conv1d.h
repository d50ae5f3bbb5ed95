// Causal depthwise convolution on plain pointers: parameters of the forward and backward CPU kernels.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Shapes: B batch, T tokens, C channels, W taps; formula and meaning as in core/ops/conv1d.h.
// Units are (batch row, block of kBlock channels), as in core/kernels/ssd.h.
#pragma once

#include <cstdint>

#include "core/kernels/view.h"

namespace molt::kernels {

struct ConvSizes {
    std::int64_t B = 0, T = 0, C = 0, W = 0;
    bool silu = false;

    std::int64_t units() const { return B * blocks(); }
    std::int64_t blocks() const { return (C + kBlock - 1) / kBlock; }
    static constexpr std::int64_t kBlock = 64;
};

template <class T>
struct ConvInputs {
    ConvSizes size;
    View<const T> x;                             ///< (B,T,C), group stride unused
    View<const T> history;                       ///< (B,W-1,C), oldest first; data nullptr = zeros
    const T *weight = nullptr, *bias = nullptr;  ///< (C,W) packed; (C) or nullptr
    const std::int64_t* segment = nullptr;       ///< (B,T) packed; nullptr = one document per row
};

template <class T>
struct ConvForward {
    ConvInputs<T> in;
    View<T> y;  ///< (B,T,C)
};

template <class T>
struct ConvBackward {
    ConvInputs<T> in;
    View<const T> dy;                                  ///< (B,T,C)
    View<T> dx;                                        ///< (B,T,C)
    T *dweight_rows = nullptr, *dbias_rows = nullptr;  ///< (B,C,W), (B,C): one summand per batch row
};

}  // namespace molt::kernels
