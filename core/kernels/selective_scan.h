// Mamba-1 selective scan on plain pointers: parameters of the forward and backward CPU kernels (and, later, CUDA
// twins). SPDX-License-Identifier: GPL-3.0-or-later
//
// Shapes: B batch, T tokens, C channels, N state size, G groups; formula and meaning as in core/ops/ssm.h.
// Work is cut into independent units (batch row, block of channels that shares its groups), as in core/kernels/ssd.h.
#pragma once

#include <cstdint>

#include "core/kernels/view.h"

namespace molt::kernels {

struct ScanSizes {
    std::int64_t B = 0, T = 0, C = 0, N = 0;
    std::int64_t groups_B = 0, groups_C = 0;  ///< each divides C

    std::int64_t channels_per_unit() const;
    std::int64_t units() const { return B * (C / channels_per_unit()); }
    /// States that forward stores for backward: one per kCheckpoint tokens, of the state before those tokens.
    std::int64_t checkpoints() const { return (T + kCheckpoint - 1) / kCheckpoint; }
    static constexpr std::int64_t kCheckpoint = 16;
};

template <class T>
struct ScanInputs {
    ScanSizes size;
    View<const T> x, delta;                 ///< (B,T,C), group stride unused; delta after softplus
    View<const T> B, C;                     ///< (B,T,groups,N)
    const T *A = nullptr, *D = nullptr;     ///< (C,N) packed, (C)
    const T* state = nullptr;               ///< (B,C,N) packed; nullptr = zeros
    const std::int64_t* segment = nullptr;  ///< (B,T) packed; nullptr = one document per row
};

template <class T>
struct ScanForward {
    ScanInputs<T> in;
    View<T> y;                 ///< (B,T,C)
    T* state = nullptr;        ///< (B,C,N) packed, after the last token
    T* checkpoints = nullptr;  ///< (B,checkpoints,N,C) packed, or nullptr where no gradient is wanted
};

template <class T>
struct ScanBackward {
    ScanInputs<T> in;
    const T* checkpoints = nullptr;
    View<const T> dy;                          ///< (B,T,C)
    const T* dstate = nullptr;                 ///< (B,C,N) gradient of the last state; nullptr = zero
    View<T> dx, ddelta;                        ///< (B,T,C)
    View<T> dB, dC;                            ///< as the inputs, zeroed by the caller
    T *dA_rows = nullptr, *dD_rows = nullptr;  ///< (B,C,N), (B,C): one summand per batch row
    T* dstate_in = nullptr;                    ///< (B,C,N) or nullptr
};

}  // namespace molt::kernels
