// A few rows times a large matrix: weights stream past, the rows stay in cache.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/linear.h"

#include "core/kernels/simd/local.h"
#include "core/kernels/simd/table.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {
namespace {

/// The first n elements, zeros behind them.
template <int L, class T>
Vec<T, L> load_part(const T* from, index n) {
    Vec<T, L> v{};
    std::memcpy(&v, from, sizeof(T) * std::size_t(n));
    return v;
}

/// R rows of x with O rows of the weight, from y(row, output) on.
template <int R, int O, class T>
void tile(const LinearForward<T>& run, index row, index output) {
    constexpr int L = kWide<T>;
    const T *x[R], *weight[O];
    for (int r = 0; r < R; ++r) x[r] = run.x.at(row + r);
    for (int o = 0; o < O; ++o) weight[o] = run.weight.at(output + o);
    Vec<T, L> sum[R][O] = {};
    const auto add = [&](const Vec<T, L>(&in)[R], const Vec<T, L>(&w)[O]) {
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
            for (int o = 0; o < O; ++o) sum[r][o] += in[r] * w[o];
        }
    };
    Vec<T, L> in[R], w[O];
    index k = 0;
    for (; k + L <= run.inputs; k += L) {
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) in[r] = load<L>(x[r] + k);
#pragma GCC unroll 8
        for (int o = 0; o < O; ++o) w[o] = load<L>(weight[o] + k);
        add(in, w);
    }
    if (k < run.inputs) {
        for (int r = 0; r < R; ++r) in[r] = load_part<L>(x[r] + k, run.inputs - k);
        for (int o = 0; o < O; ++o) w[o] = load_part<L>(weight[o] + k, run.inputs - k);
        add(in, w);
    }
    for (int r = 0; r < R; ++r) {
        for (int o = 0; o < O; ++o) {
            const T start = run.bias == nullptr ? T(0) : run.bias[output + o];
            run.y.at(row + r)[output + o] = sum_of(sum[r][o]) + start;
        }
    }
}

/// All rows with O rows of the weight, which stay in cache meanwhile.
template <int O, class T>
void strip(const LinearForward<T>& run, index output) {
    index row = 0;
    for (; row + 2 <= run.rows; row += 2) tile<2, O>(run, row, output);
    if (row < run.rows) tile<1, O>(run, row, output);
}

}  // namespace

template <class T>
void linear_forward(const LinearForward<T>& run, index begin, index end) {
    constexpr index size = LinearForward<T>::kOutputsPerUnit;
    const index last = smaller(end * size, run.outputs);
    index output = begin * size;
    for (; output + 4 <= last; output += 4) strip<4>(run, output);
    for (; output < last; ++output) strip<1>(run, output);
}
template void linear_forward(const LinearForward<float>&, index, index);
template void linear_forward(const LinearForward<double>&, index, index);

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
