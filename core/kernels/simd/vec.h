// Vectors of L numbers in GCC's extension syntax and the shared exp: the base of every CPU kernel.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Each file of this folder is compiled once per instruction set, with MOLT_SIMD_LEVEL naming the namespace. Nothing
// here may instantiate a template of the standard library: the linker could then keep the AVX-512 copy for every
// caller.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace molt::kernels::MOLT_SIMD_LEVEL {

using index = std::int64_t;

template <class T, int L>
struct VecOf {
    typedef T type __attribute__((vector_size(sizeof(T) * L)));
};
template <class T, int L>
using Vec = typename VecOf<T, L>::type;
template <int L, class T>
inline Vec<T, L> load(const T* from) {
    Vec<T, L> v;
    std::memcpy(&v, from, sizeof(v));
    return v;
}
template <class V, class T>
inline void store(T* to, V v) {
    std::memcpy(to, &v, sizeof(v));
}
template <int L, class T>
inline Vec<T, L> splat(T value) {
    return Vec<T, L>{} + value;
}

constexpr index round_up(index n, index multiple) { return (n + multiple - 1) / multiple * multiple; }
constexpr index smaller(index a, index b) { return a < b ? a : b; }
constexpr index larger(index a, index b) { return a > b ? a : b; }
constexpr index common_divisor(index a, index b) { return b == 0 ? a : common_divisor(b, a % b); }
constexpr index common_multiple(index a, index b) { return a / common_divisor(a, b) * b; }

/// e^x in float32: x = n ln 2 + r, degree 6 in r (interpolated at Chebyshev nodes, relative error 1e-8 before
/// rounding), exactly 1 at 0. Below -87.3 it stays at e^-87.3, above 88 at e^88; NaN stays NaN.
template <int L>
inline Vec<float, L> exp_of(Vec<float, L> x) {
    const Vec<float, L> low = splat<L>(-87.3f), high = splat<L>(88.0f);
    x = x < low ? low : x;
    x = x > high ? high : x;
    const float round_to_integer = 12582912.0f;  // 1.5 * 2^23: the sum's low bits are the nearest integer
    const Vec<float, L> shifted = x * 1.44269504f + round_to_integer;
    const Vec<float, L> n = shifted - round_to_integer;
    const Vec<float, L> r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    Vec<float, L> p = splat<L>(1.3926213e-3f);
    p = p * r + 8.3632030e-3f;
    p = p * r + 4.16665544e-2f;
    p = p * r + 1.66665768e-1f;
    p = p * r + 0.5f;
    p = (p * r) * r + r + 1.0f;
    const Vec<std::int32_t, L> bits = reinterpret_cast<Vec<std::int32_t, L>>(shifted);
    return p * reinterpret_cast<Vec<float, L>>((bits << 23) + (127 << 23));
}
/// e^x in float64: the C library's, so that finite differences can be trusted.
template <int L>
inline Vec<double, L> exp_of(Vec<double, L> x) {
    for (int i = 0; i < L; ++i) x[i] = ::exp(x[i]);
    return x;
}
/// Element type and number of lanes of a vector type.
template <class V>
using ElementOf = std::remove_reference_t<decltype(std::declval<V&>()[0])>;
template <class V>
constexpr int kLanes = sizeof(V) / sizeof(ElementOf<V>);

template <class T>
inline T exp_one(T x) {
    return exp_of<8>(splat<8>(x))[0];
}
template <class V>
inline V sigmoid(V x) {
    using T = ElementOf<V>;
    return T(1) / (T(1) + exp_of<kLanes<V>>(-x));
}

/// Lanes 0, 1, ... of vectors, for shuffles with constant patterns: patterns made by loops cost more than the shuffle.
template <class V>
using LaneNumbers = std::make_integer_sequence<int, kLanes<V>>;

template <int First, class V, int... I>
inline auto lanes_from(V v, std::integer_sequence<int, I...>) {
    return __builtin_shufflevector(v, v, (First + I)...);
}
/// Sum of the lanes by halving: a fixed order whatever the compiler does.
template <class V>
inline ElementOf<V> sum_of(V v) {
    constexpr int half = kLanes<V> / 2;
    if constexpr (half == 1) {
        return v[0] + v[1];
    } else {
        const std::make_integer_sequence<int, half> lanes;
        return sum_of(lanes_from<0>(v, lanes) + lanes_from<half>(v, lanes));
    }
}

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
