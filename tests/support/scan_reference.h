// The scans as loops of tensor operations over tokens: the definition itself, against which kernels are tested and
// timed. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <vector>

#include "core/ops/ssm.h"

namespace molt::testing {

/// 1 where the state goes on, 0 where a new document starts, shaped (B, 1, ...) with `rank` dimensions.
inline at::Tensor continues(const at::Tensor& segment_BT, std::int64_t t, std::int64_t rank) {
    at::Tensor same = segment_BT.select(1, t) == segment_BT.select(1, t - 1);
    for (std::int64_t i = 1; i < rank; ++i) same = same.unsqueeze(-1);
    return same;
}

inline at::Tensor repeat_groups(const at::Tensor& x, std::int64_t heads) {
    return x.size(2) == heads ? x : x.repeat_interleave(heads / x.size(2), 2);
}

/// Arguments and result as ops::selective_scan. Tokens are taken apart by unbind: select would cost T^2 in backward.
inline ops::ScanResult reference_scan(const at::Tensor& x_BTC, const at::Tensor& delta_BTC, const at::Tensor& A_CN,
                                      const at::Tensor& B_BTGN, const at::Tensor& C_BTGN, const at::Tensor& D_C,
                                      const at::Tensor& state_BCN = {}, const at::Tensor& segment_BT = {}) {
    const std::size_t T = static_cast<std::size_t>(x_BTC.size(1));
    const std::int64_t C = x_BTC.size(2);
    const auto x = x_BTC.unbind(1), delta = delta_BTC.unsqueeze(-1).unbind(1);
    const auto B = repeat_groups(B_BTGN, C).unbind(1), C_out = repeat_groups(C_BTGN, C).unbind(1);
    at::Tensor state = state_BCN.defined() ? state_BCN : at::zeros({x_BTC.size(0), C, A_CN.size(1)}, A_CN.options());
    std::vector<at::Tensor> outputs;
    for (std::size_t t = 0; t < T; ++t) {
        if (segment_BT.defined() && t > 0) state = state * continues(segment_BT, static_cast<std::int64_t>(t), 3);
        state = at::exp(delta[t] * A_CN) * state + delta[t] * B[t] * x[t].unsqueeze(-1);
        outputs.push_back((C_out[t] * state).sum(-1) + D_C * x[t]);
    }
    return {at::stack(outputs, 1), state};
}

/// Arguments and result as ops::ssd.
inline ops::ScanResult reference_ssd(const at::Tensor& x_BTGP, const at::Tensor& delta_BTH, const at::Tensor& A_H,
                                     const at::Tensor& B_BTGN, const at::Tensor& C_BTGN, const at::Tensor& D_H,
                                     const at::Tensor& state_BHPN = {}, const at::Tensor& segment_BT = {}) {
    const std::size_t T = static_cast<std::size_t>(x_BTGP.size(1));
    const std::int64_t H = delta_BTH.size(2), P = x_BTGP.size(3), N = B_BTGN.size(3);
    const auto x = repeat_groups(x_BTGP, H).unbind(1), delta = delta_BTH.unbind(1);
    const auto B = repeat_groups(B_BTGN, H).unbind(1), C = repeat_groups(C_BTGN, H).unbind(1);
    at::Tensor state = state_BHPN.defined() ? state_BHPN : at::zeros({x_BTGP.size(0), H, P, N}, A_H.options());
    std::vector<at::Tensor> outputs;
    for (std::size_t t = 0; t < T; ++t) {
        if (segment_BT.defined() && t > 0) state = state * continues(segment_BT, static_cast<std::int64_t>(t), 4);
        const at::Tensor update = (delta[t].unsqueeze(-1) * x[t]).unsqueeze(-1) * B[t].unsqueeze(2);
        state = at::exp(delta[t] * A_H).unsqueeze(-1).unsqueeze(-1) * state + update;
        outputs.push_back((state * C[t].unsqueeze(2)).sum(-1) + D_H.unsqueeze(-1) * x[t]);
    }
    return {at::stack(outputs, 1), state};
}

}  // namespace molt::testing
