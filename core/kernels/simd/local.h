// Local memory of a kernel: scratch pieces, packed rows and transposed matrices.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <cstring>
#include <new>

#include "core/kernels/simd/vec.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {

/// Blocks of D x D that lie off the diagonal of every 2D x 2D block change places.
template <int D, int L, class V, int... I>
inline void exchange_blocks(V (&row)[L], std::integer_sequence<int, I...> lanes) {
#pragma GCC unroll 16
    for (int i = 0; i < L; ++i) {
        if ((i & D) != 0) continue;
        const V a = row[i], b = row[i + D];
        row[i] = __builtin_shufflevector(a, b, ((I & D) == 0 ? I : I - D + L)...);
        row[i + D] = __builtin_shufflevector(a, b, ((I & D) == 0 ? I + D : I + L)...);
    }
    if constexpr (D > 1) exchange_blocks<D / 2>(row, lanes);
}
/// Transposes the L x L block at `from` (rows `from_stride` apart) into `to`.
template <int L, class T>
inline void transpose_block(const T* from, index from_stride, T* to, index to_stride) {
    Vec<T, L> row[L];
#pragma GCC unroll 16
    for (int i = 0; i < L; ++i) row[i] = load<L>(from + i * from_stride);
    exchange_blocks<L / 2>(row, LaneNumbers<Vec<T, L>>());
#pragma GCC unroll 16
    for (int i = 0; i < L; ++i) store(to + i * to_stride, row[i]);
}
/// to[c][r] = from[r][c]; rows and columns are multiples of L, both matrices are packed.
template <int L, class T>
inline void transpose(const T* from, index rows, index columns, T* to) {
    for (index r = 0; r < rows; r += L) {
        for (index c = 0; c < columns; c += L)
            transpose_block<L>(from + r * columns + c, columns, to + c * rows + r, rows);
    }
}

/// Copies n elements, inline: rows are short, and a call costs as much as the copy.
template <int L, class T>
inline void copy_row(T* to, const T* from, index n) {
    index i = 0;
    for (; i + L <= n; i += L) store(to + i, load<L>(from + i));
    if (i < n) std::memcpy(to + i, from + i, sizeof(T) * std::size_t(n - i));
}
/// to += from, of which at least round_up(n, L) elements exist; the last vector is added element by element.
template <int L, class T>
inline void add_row(T* to, const T* from, index n) {
    index i = 0;
    for (; i + L <= n; i += L) store(to + i, load<L>(to + i) + load<L>(from + i));
    for (; i < n; ++i) to[i] += from[i];
}
/// Asks for a row that is needed soon; rows of one head lie too far apart for the hardware to guess.
template <class T>
inline void prefetch_row(const T* row, index n) {
    for (index i = 0; i < n; i += index(64 / sizeof(T))) __builtin_prefetch(row + i);
}
/// Dot product of padded rows.
template <int L, class T>
inline T dot(const T* a, const T* b, index padded) {
    Vec<T, L> sum{};
    for (index i = 0; i < padded; i += L) sum += load<L>(a + i) * load<L>(b + i);
    return sum_of(sum);
}

/// Zeroed, 64-byte aligned working memory of one kernel call, handed out piece by piece.
template <class T>
class Scratch {
public:
    explicit Scratch(index count) {
        const std::size_t bytes = static_cast<std::size_t>(round_up(count * index(sizeof(T)), 64) + 64 * kPieces);
        memory_ = static_cast<char*>(std::aligned_alloc(64, bytes));
        if (memory_ == nullptr) throw std::bad_alloc();
        std::memset(memory_, 0, bytes);
        next_ = memory_;
        end_ = memory_ + bytes;
    }
    ~Scratch() { std::free(memory_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    T* take(index count) {
        T* piece = reinterpret_cast<T*>(next_);
        next_ += round_up(count * index(sizeof(T)), 64);
        if (next_ > end_) throw std::bad_alloc();
        return piece;
    }

private:
    static constexpr int kPieces = 32;
    char *memory_ = nullptr, *next_ = nullptr, *end_ = nullptr;
};

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
