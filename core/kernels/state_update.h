// Mamba-2 decode step: convolution window, state and output for the next tokens of B sequences. Parameters and CPU
// reference. SPDX-License-Identifier: GPL-3.0-or-later
//
// Shapes: B batch, T tokens of this window, H heads, P head width, N state size, W convolution taps, R ring slots,
// C channels in the order [x | B | C]: x_groups * P + b_groups * N + c_groups * N; head h uses group h / (H / groups).
#pragma once

#include "core/kernels/kernels_common.h"

namespace molt::kernels {

/// One launch for every sequence: folds accepted tokens into the state, then computes the outputs of T new tokens.
///
/// Memory is one state and a ring of raw inputs, never a state per token. Token t of row b has the position
/// position_B[b] + t and its inputs are written to ring slot position % R. The stored state is that after
/// position_B[b] - pending_B[b] tokens. The launch replays the pending tokens from the ring, then runs the new ones;
/// the state is stored again after the pending and the first `committed` new tokens. So `committed` = T is plain
/// decoding and `committed` = 0 is verification: whoever accepts k tokens sets position += k, pending = k - committed
/// before the next launch, and refused tokens leave no trace because nothing of them was stored but ring slots that are
/// written again.
///
///   u_t[c]  = SiLU(bias[c] + sum_w weight[c,w] xbc_{t-(W-1)+w}[c])      (zero before position 0)
///   d_t[h]  = softplus(dt_t[h] + dt_bias[h])
///   S_t[h]  = exp(A[h] d_t[h]) S_{t-1}[h] + d_t[h] x_t[gx(h)] (x) B_t[gb(h)]
///   y_t[h]  = S_t[h] C_t[gc(h)] + D[h] x_t[gx(h)]
///
/// T is float, double or Bf16 (storage); A, D, dt_bias and the state are float (double for double).
/// Counters and memory are on the device, so that one captured graph serves every step.
/// Source: MambaInLlama mamba2/hybrid_mamba_layer.py step(), without repeating x and B; replay and ring are ours.
template <class T>
struct StateUpdate {
    using Real = Accumulator<T>;
    std::int32_t batch, tokens, heads, x_groups, b_groups, c_groups, head_dim, state_dim, conv_width;
    std::int32_t ring;       ///< R >= W - 1 + pending + T for every row
    std::int32_t committed;  ///< of the new tokens, 0..T
    const std::int64_t *position_B, *pending_B;
    Rows<const T> xbc_BTC, dt_BTH;  ///< raw projections
    const T *conv_weight_CW, *conv_bias_C;
    const Real *A_H, *D_H, *dt_bias_H;  ///< A is negative
    T *ring_BRC, *dt_ring_BRH;          ///< raw inputs, contiguous
    Real* state_BHPN;                   ///< contiguous
    Rows<T> y_BTC;                      ///< channels H * P; before gate and norm

    MOLT_HOST_DEVICE std::int32_t b_begin() const { return x_groups * head_dim; }
    MOLT_HOST_DEVICE std::int32_t c_begin() const { return b_begin() + b_groups * state_dim; }
    MOLT_HOST_DEVICE std::int32_t channels() const { return c_begin() + c_groups * state_dim; }
};

/// Why the sizes do not fit together, or nullptr. Shared by the CPU reference and the CUDA launch.
template <class T>
const char* shape_error(const StateUpdate<T>& p) {
    const auto divides = [&](std::int32_t groups) { return groups > 0 && p.heads % groups == 0; };
    if (p.batch < 1 || p.tokens < 1 || p.heads < 1 || p.head_dim < 1 || p.state_dim < 1)
        return "a size is not positive";
    if (!divides(p.x_groups) || !divides(p.b_groups) || !divides(p.c_groups)) return "groups do not divide the heads";
    if (p.conv_width < 1 || p.conv_width > 8) return "the convolution has no or more than 8 taps";
    if (p.committed < 0 || p.committed > p.tokens) return "more committed tokens than tokens";
    if (p.ring < p.conv_width - 1 + p.tokens) return "the ring is shorter than the window and its history";
    return nullptr;
}

/// CPU reference: the definition, one row and head after another. MOLT_ASSERTs shape_error and the ring's length.
void state_update(const StateUpdate<float>& params);
void state_update(const StateUpdate<double>& params);
void state_update(const StateUpdate<Bf16>& params);

}  // namespace molt::kernels
