// Product of a few rows with a large matrix: decoding reads every weight once and waits for memory.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/kernels/rows.h"

namespace molt::kernels {

/// y = x weight^T + bias. Every element of y is one sum in a fixed order, whatever the number of rows: a window of
/// tokens gives the bits that its tokens give one by one.
template <class T>
struct LinearForward {
    std::int64_t rows = 0, inputs = 0, outputs = 0;
    Rows<const T> x;          ///< (rows, inputs)
    Rows<const T> weight;     ///< (outputs, inputs)
    const T* bias = nullptr;  ///< (outputs) or nullptr
    Rows<T> y;                ///< (rows, outputs)

    std::int64_t units() const { return (outputs + kOutputsPerUnit - 1) / kOutputsPerUnit; }
    static constexpr std::int64_t kOutputsPerUnit = 16;
};

}  // namespace molt::kernels
