// Mamba-2 SSD on plain pointers: parameters of the forward and backward CPU kernels (and, later, of their CUDA twins).
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Shapes: B batch, T tokens, H heads, P head width, N state size, G groups; formula and meaning as in core/ops/ssm.h.
// Work is cut into independent units (batch row, block of heads that shares its groups): run all of [0, ssd_units()),
// in any order, on any number of threads; the result has the same bits.
#pragma once

#include <cstdint>

#include "core/kernels/view.h"

namespace molt::kernels {

struct SsdSizes {
    std::int64_t B = 0, T = 0, H = 0, P = 0, N = 0;
    std::int64_t groups_x = 0, groups_B = 0, groups_C = 0;  ///< each divides H
    std::int64_t chunk = 16;  ///< tokens per matrix block: 16, 32 or 64; 1 = strictly one token after the other

    std::int64_t heads_per_unit() const;
    std::int64_t units() const { return B * (H / heads_per_unit()); }
    /// States that forward stores for backward: one per kCheckpoint tokens, of the state before those tokens.
    std::int64_t checkpoints() const { return (T + kCheckpoint - 1) / kCheckpoint; }
    static constexpr std::int64_t kCheckpoint = 64;
};

template <class T>
struct SsdInputs {
    SsdSizes size;
    View<const T> x;                        ///< (B,T,groups_x,P)
    View<const T> delta;                    ///< (B,T,H,1), after softplus
    View<const T> B, C;                     ///< (B,T,groups,N)
    const T *A = nullptr, *D = nullptr;     ///< (H)
    const T* state = nullptr;               ///< (B,H,P,N) packed; nullptr = zeros
    const std::int64_t* segment = nullptr;  ///< (B,T) packed; nullptr = one document per row
};

template <class T>
struct SsdForward {
    SsdInputs<T> in;
    View<T> y;                 ///< (B,T,H,P)
    T* state = nullptr;        ///< (B,H,P,N) packed, after the last token
    T* checkpoints = nullptr;  ///< (B,H,checkpoints,P,N) packed, or nullptr where no gradient is wanted
};

template <class T>
struct SsdBackward {
    SsdInputs<T> in;
    const T* checkpoints = nullptr;
    View<const T> dy;                          ///< (B,T,H,P)
    const T* dstate = nullptr;                 ///< (B,H,P,N) gradient of the last state; nullptr = zero
    View<T> dx, dB, dC;                        ///< as the inputs, zeroed by the caller
    View<T> ddelta;                            ///< (B,T,H,1)
    T *dA_rows = nullptr, *dD_rows = nullptr;  ///< (B,H): one summand per batch row
    T* dstate_in = nullptr;                    ///< (B,H,P,N) or nullptr
};

}  // namespace molt::kernels
