// Causal grouped-query attention on plain pointers: parameters of the forward and backward CPU kernels.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Shapes: B batch, T queries, S keys, H query heads, K key heads, E head size; meaning as in core/ops/attention.h.
// A unit is (batch row, key head) with the query heads that share it, as in core/kernels/ssd.h.
#pragma once

#include <cstdint>

#include "core/kernels/view.h"

namespace molt::kernels {

struct AttentionSizes {
    std::int64_t B = 0, T = 0, S = 0, H = 0, K = 0, E = 0;
    std::int64_t window = 0;  ///< 0: everything before

    std::int64_t units() const { return B * K; }
};

template <class T>
struct AttentionInputs {
    AttentionSizes size;
    View<const T> q;                               ///< (B,T,H,E)
    View<const T> k, v;                            ///< (B,S,K,E)
    const std::int64_t* query_position = nullptr;  ///< (B,T) packed
    const std::int64_t* key_position = nullptr;    ///< (B,S) packed; negative: empty slot
    const std::int64_t* query_segment = nullptr;   ///< (B,T) packed; both or none
    const std::int64_t* key_segment = nullptr;     ///< (B,S) packed
};

template <class T>
struct AttentionForward {
    AttentionInputs<T> in;
    View<T> y;             ///< (B,T,H,E)
    T* log_sum = nullptr;  ///< (B,H,T): log of the softmax denominators, for backward; nullptr: not wanted
};

template <class T>
struct AttentionBackward {
    AttentionInputs<T> in;
    View<const T> y, dy;  ///< (B,T,H,E)
    const T* log_sum = nullptr;
    View<T> dq, dk, dv;  ///< as the inputs
};

}  // namespace molt::kernels
