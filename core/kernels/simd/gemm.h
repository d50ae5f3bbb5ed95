// Product of small matrices that live in cache: broadcast a scalar of A, multiply a row of B, keep the tile in
// registers. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/simd/local.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {

/// A matrix whose element (i, j) stands at data[i * row + j * column]; swap the strides to transpose.
template <class T>
struct Strided {
    const T* data;
    index row, column;
};

/// A matrix of packed rows, `stride` elements apart.
template <class T>
struct Packed {
    T* data;
    index stride;
};

/// What the old rows of the result are multiplied by; stride 0: one factor for all; null: the old rows do not count.
template <class T>
struct Keep {
    const T* factor = nullptr;
    index stride = 0;
};

/// c (M x N) = keep c + a (M x K) b (K x N). M is a multiple of 8, N of the vector length. Sums run over k in order.
template <class T>
struct Gemm {
    index M, N, K;
    Strided<T> a;
    Packed<const T> b;
    Packed<T> c;
    Keep<T> keep{};
};

/// The tile of R rows and C vectors whose first element is c(m, n).
template <int L, int R, int C, class T>
inline void gemm_tile(const Gemm<T>& g, index m, index n) {
    Vec<T, L> sum[R][C];
    T* const c = g.c.data + m * g.c.stride + n;
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
        for (int v = 0; v < C; ++v) {
            sum[r][v] = g.keep.factor == nullptr
                            ? Vec<T, L>{}
                            : load<L>(c + r * g.c.stride + v * L) * g.keep.factor[(m + r) * g.keep.stride];
        }
    }
    const T* a = g.a.data + m * g.a.row;
    const T* b = g.b.data + n;
    for (index k = 0; k < g.K; ++k, a += g.a.column, b += g.b.stride) {
        Vec<T, L> row[C];
#pragma GCC unroll 4
        for (int v = 0; v < C; ++v) row[v] = load<L>(b + v * L);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            const T scale = a[r * g.a.row];
#pragma GCC unroll 4
            for (int v = 0; v < C; ++v) sum[r][v] += row[v] * scale;
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
        for (int v = 0; v < C; ++v) store(c + r * g.c.stride + v * L, sum[r][v]);
    }
}

/// Tiles of 4 rows and 2 vectors, or 8 rows and 1 vector where columns are few: 8 sums hide the latency of a
/// multiply-add.
template <int L, class T>
inline void gemm(const Gemm<T>& g) {
    const index pairs = g.N / (2 * L) * (2 * L);
    for (index m = 0; m < g.M; m += 4) {
        for (index n = 0; n < pairs; n += 2 * L) gemm_tile<L, 4, 2>(g, m, n);
    }
    for (index m = 0; pairs < g.N && m < g.M; m += 8) gemm_tile<L, 8, 1>(g, m, pairs);
}

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
