// What every kernel's parameter struct is made of: storage types, the type that arithmetic uses, strided rows.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Read by g++ and by nvcc: plain data only, no exceptions, no allocation.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__CUDACC__)
#define MOLT_HOST_DEVICE __host__ __device__
#else
#define MOLT_HOST_DEVICE
#endif

namespace molt::kernels {

/// bfloat16 as storage; arithmetic is done in float.
struct Bf16 {
    std::uint16_t bits;
};

/// The type in which a kernel computes and keeps its state: double for double, else float.
template <class T>
struct AccumulatorOf {
    using Type = float;
};
template <>
struct AccumulatorOf<double> {
    using Type = double;
};
template <class T>
using Accumulator = typename AccumulatorOf<T>::Type;

MOLT_HOST_DEVICE inline float widen(float value) { return value; }
MOLT_HOST_DEVICE inline double widen(double value) { return value; }
MOLT_HOST_DEVICE inline float widen(Bf16 value) {
    const std::uint32_t bits = static_cast<std::uint32_t>(value.bits) << 16;
    float wide;
    memcpy(&wide, &bits, sizeof wide);
    return wide;
}

/// Rounds to the storage type; to nearest, ties to even; a NaN stays one.
template <class T>
MOLT_HOST_DEVICE inline T narrow(Accumulator<T> value) {
    return static_cast<T>(value);
}
template <>
MOLT_HOST_DEVICE inline Bf16 narrow<Bf16>(float value) {
    std::uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (value != value) return {static_cast<std::uint16_t>((bits >> 16) | 0x40u)};
    return {static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

/// Rows of a (batch, tokens, channels) array; channels are contiguous, strides count elements.
template <class T>
struct Rows {
    T* data;
    std::int64_t batch_stride, token_stride;
    MOLT_HOST_DEVICE T* row(std::int64_t batch, std::int64_t token) const {
        return data + batch * batch_stride + token * token_stride;
    }
};

}  // namespace molt::kernels
