// State-space scans with gradients: Mamba-1 selective scan and Mamba-2 SSD, whole rows or windows that go on from a
// state. SPDX-License-Identifier: GPL-3.0-or-later
//
// Shapes: B batch, T tokens, C channels, N state size, H heads, P head width, G groups (any number that divides H or
// C). `segment_BT` (optional, int64): the state restarts from zero where it changes; the initial state belongs to the
// document of the first token. A token with step size 0 leaves the state exactly as it was.
#pragma once

#include <ATen/core/Tensor.h>

namespace molt::ops {

struct ScanResult {
    at::Tensor y;      ///< (B,T,C) or (B,T,H,P)
    at::Tensor state;  ///< after the last token; (B,C,N) or (B,H,P,N)
};

/// Mamba-1 selective scan (algorithm.md 1.3):
///   h_t[c,n] = exp(delta_t[c] A[c,n]) h_{t-1}[c,n] + delta_t[c] B_t[gB(c),n] x_t[c];  y_t[c] = sum_n C_t[gC(c),n]
///   h_t[c,n] + D[c] x_t[c] x_BTC; delta_BTC (after softplus); A_CN (negative); B_BTGN, C_BTGN with their own group
///   counts, g(c) = c / (C / G); D_C state_BCN  optional initial state
/// Differentiable in x, delta, A, B, C, D and the initial state. float32 or float64 inside. Memory linear in T
/// (state checkpoints, recomputed chunks). Source: MSSM selective_scan_ref.
ScanResult selective_scan(const at::Tensor& x_BTC, const at::Tensor& delta_BTC, const at::Tensor& A_CN,
                          const at::Tensor& B_BTGN, const at::Tensor& C_BTGN, const at::Tensor& D_C,
                          const at::Tensor& state_BCN = {}, const at::Tensor& segment_BT = {});

/// Mamba-2 SSD (algorithm.md 1.6):
///   S_t[h] = exp(A[h] delta_t[h]) S_{t-1}[h] + delta_t[h] x_t[gx(h)] (x) B_t[gB(h)];  y_t[h] = S_t[h] C_t[gC(h)] +
///   D[h] x_t[gx(h)] x_BTGP; delta_BTH (after softplus); A_H (negative); B_BTGN; C_BTGN; D_H. x, B, C may each have
///   fewer groups than H heads (head h uses group h / (H / G)): the GQA repeat is never materialised. state_BHPN
///   optional initial state
/// Differentiable in all of them. Memory linear in T.
ScanResult ssd(const at::Tensor& x_BTGP, const at::Tensor& delta_BTH, const at::Tensor& A_H, const at::Tensor& B_BTGN,
               const at::Tensor& C_BTGN, const at::Tensor& D_H, const at::Tensor& state_BHPN = {},
               const at::Tensor& segment_BT = {});

}  // namespace molt::ops
