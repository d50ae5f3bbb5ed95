// Product of small matrices that live in cache: broadcast a scalar of A, multiply a row of B, keep the tile in
// registers. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/simd/vec.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {

/// A matrix whose element (i, j) stands at data[i * row + j * column]; swap the strides to transpose.
template <class T>
struct Strided {
    const T* data;
    index row, column;
};

/// Adds (Add) or writes a tile of R rows and C vectors: c[r] = sum_k a(r,k) b[k]. Order of k is the order of time.
template <class T, int L, int R, int C, bool Add>
inline void gemm_tile(index K, Strided<T> a, const T* b, index b_stride, T* c, index c_stride) {
    Vec<T, L> sum[R][C];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
        for (int v = 0; v < C; ++v) sum[r][v] = Add ? load<L>(c + r * c_stride + v * L) : Vec<T, L>{};
    }
    for (index k = 0; k < K; ++k) {
        Vec<T, L> row[C];
#pragma GCC unroll 4
        for (int v = 0; v < C; ++v) row[v] = load<L>(b + k * b_stride + v * L);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            const T scale = a.data[r * a.row + k * a.column];
#pragma GCC unroll 4
            for (int v = 0; v < C; ++v) sum[r][v] += row[v] * scale;
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
        for (int v = 0; v < C; ++v) store(c + r * c_stride + v * L, sum[r][v]);
    }
}

/// c (M x N) = or += a (M x K) b (K x N). M is a multiple of 4, N of L; b and c are packed (row length N).
template <int L, bool Add, class T>
inline void gemm(index M, index N, index K, Strided<T> a, const T* b, T* c) {
    for (index m = 0; m < M; m += 4) {
        const Strided<T> rows{a.data + m * a.row, a.row, a.column};
        index n = 0;
        for (; n + 2 * L <= N; n += 2 * L) gemm_tile<T, L, 4, 2, Add>(K, rows, b + n, N, c + m * N + n, N);
        if (n < N) gemm_tile<T, L, 4, 1, Add>(K, rows, b + n, N, c + m * N + n, N);
    }
}

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
