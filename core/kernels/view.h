// A strided tensor of rank 4 whose last dimension is contiguous: how kernels see (batch, time, group, element).
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace molt::kernels {

template <class T>
struct View {
    T* data = nullptr;
    std::int64_t batch = 0, time = 0, group = 0;  ///< strides in elements

    /// First element of one row. Inlined always: kernels are compiled once per instruction set.
    [[gnu::always_inline]] T* at(std::int64_t b, std::int64_t t, std::int64_t g = 0) const {
        return data + b * batch + t * time + g * group;
    }
};

}  // namespace molt::kernels
