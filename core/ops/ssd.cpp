// Mamba-2 SSD as an autograd function around the kernels of core/kernels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/base/text.h"
#include "core/kernels/kernels.h"
#include "core/ops/kernel_args.h"
#include "core/ops/ssm.h"

namespace molt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Windows up to this length without gradient run token by token: their bits do not depend on how tokens are cut.
constexpr std::int64_t kShortWindow = 16;

struct Inputs {
    at::Tensor x_BTGP, delta_BTH, A_H, B_BTGN, C_BTGN, D_H, state_BHPN, segment_BT;
};

kernels::SsdSizes sizes_of(const Inputs& in) {
    kernels::SsdSizes s;
    s.B = in.x_BTGP.size(0), s.T = in.x_BTGP.size(1), s.P = in.x_BTGP.size(3);
    s.H = in.delta_BTH.size(2), s.N = in.B_BTGN.size(3);
    s.groups_x = in.x_BTGP.size(2), s.groups_B = in.B_BTGN.size(2), s.groups_C = in.C_BTGN.size(2);
    return s;
}

void check(const Inputs& in) {
    const kernels::SsdSizes s = sizes_of(in);
    const auto divides = [&](std::int64_t groups) { return groups > 0 && s.H % groups == 0; };
    const bool good = divides(s.groups_x) && divides(s.groups_B) && divides(s.groups_C) && s.T > 0 &&
                      in.delta_BTH.sizes() == at::IntArrayRef({s.B, s.T, s.H}) && in.A_H.numel() == s.H &&
                      in.D_H.numel() == s.H && in.B_BTGN.sizes() == at::IntArrayRef({s.B, s.T, s.groups_B, s.N}) &&
                      in.C_BTGN.sizes() == at::IntArrayRef({s.B, s.T, s.groups_C, s.N}) &&
                      (!in.state_BHPN.defined() || in.state_BHPN.sizes() == at::IntArrayRef({s.B, s.H, s.P, s.N})) &&
                      (!in.segment_BT.defined() || in.segment_BT.sizes() == at::IntArrayRef({s.B, s.T}));
    if (!good) {
        fail(ErrorCode::BadConfig, join("ssd: shapes do not fit: x ", in.x_BTGP.sizes(), ", delta ",
                                        in.delta_BTH.sizes(), ", B ", in.B_BTGN.sizes(), ", C ", in.C_BTGN.sizes()));
    }
}

template <class T>
kernels::SsdInputs<T> kernel_inputs(const Inputs& in, std::int64_t chunk) {
    kernels::SsdInputs<T> run;
    run.size = sizes_of(in);
    run.size.chunk = chunk;
    run.x = view<const T>(in.x_BTGP);
    run.delta = scalar_view<const T>(in.delta_BTH);
    run.B = view<const T>(in.B_BTGN), run.C = view<const T>(in.C_BTGN);
    run.A = pointer<const T>(in.A_H), run.D = pointer<const T>(in.D_H);
    run.state = pointer<const T>(in.state_BHPN);
    run.segment = pointer<const std::int64_t>(in.segment_BT);
    return run;
}

std::int64_t steps_of(const kernels::SsdSizes& s) { return s.B * s.T * s.H * s.P * s.N / 4; }

/// y and state; `checkpoints` is filled if it is defined.
ScanResult forward_of(const Inputs& in, const at::Tensor& checkpoints, std::int64_t chunk) {
    const kernels::SsdSizes s = sizes_of(in);
    ScanResult result{at::empty({s.B, s.T, s.H, s.P}, in.x_BTGP.options()),
                      at::empty({s.B, s.H, s.P, s.N}, in.x_BTGP.options())};
    by_type(in.x_BTGP, [&](auto type) {
        using T = decltype(type);
        kernels::SsdForward<T> run{kernel_inputs<T>(in, chunk), view<T>(result.y), pointer<T>(result.state),
                                   pointer<T>(checkpoints)};
        run_units(kernels::kernels<T>().ssd_forward, run, s.units(), steps_of(s));
    });
    return result;
}

struct SsdFunction : torch::autograd::Function<SsdFunction> {
    static variable_list forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& delta,
                                 const at::Tensor& A, const at::Tensor& B, const at::Tensor& C, const at::Tensor& D,
                                 const Optional& optional_state, const Optional& optional_segment, std::int64_t chunk) {
        const at::Tensor state = optional_state.value_or(at::Tensor());
        const at::Tensor segment = optional_segment.value_or(at::Tensor());
        const Inputs in{x, delta, A, B, C, D, state, segment};
        const kernels::SsdSizes s = sizes_of(in);
        const at::Tensor checkpoints = at::empty({s.B, s.H, s.checkpoints(), s.N, s.P}, x.options());
        const ScanResult result = forward_of(in, checkpoints, chunk);
        context->save_for_backward({x, delta, A, B, C, D, state, segment, checkpoints});
        context->saved_data["chunk"] = chunk;
        context->set_materialize_grads(false);
        return {result.y, result.state};
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const Inputs in{saved[0], saved[1], saved[2], saved[3], saved[4], saved[5], saved[6], saved[7]};
        const kernels::SsdSizes s = sizes_of(in);
        const auto options = in.x_BTGP.options();
        const at::Tensor dy =
            gradients[0].defined() ? with_packed_rows(gradients[0]) : at::zeros({s.B, s.T, s.H, s.P}, options);
        const at::Tensor dstate = packed(gradients[1]);
        const at::Tensor dx = at::zeros(in.x_BTGP.sizes(), options), ddelta = at::empty({s.B, s.T, s.H}, options);
        const at::Tensor dB = at::zeros(in.B_BTGN.sizes(), options), dC = at::zeros(in.C_BTGN.sizes(), options);
        const at::Tensor dA_rows = at::empty({s.B, s.H}, options), dD_rows = at::empty({s.B, s.H}, options);
        const at::Tensor dstate_in = in.state_BHPN.defined() ? at::zeros_like(in.state_BHPN) : at::Tensor();
        by_type(in.x_BTGP, [&](auto type) {
            using T = decltype(type);
            kernels::SsdBackward<T> run;
            run.in = kernel_inputs<T>(in, context->saved_data["chunk"].toInt());
            run.checkpoints = pointer<const T>(saved[8]);
            run.dy = view<const T>(dy), run.dstate = pointer<const T>(dstate);
            run.dx = view<T>(dx), run.dB = view<T>(dB), run.dC = view<T>(dC), run.ddelta = scalar_view<T>(ddelta);
            run.dA_rows = pointer<T>(dA_rows), run.dD_rows = pointer<T>(dD_rows);
            run.dstate_in = pointer<T>(dstate_in);
            run_units(kernels::kernels<T>().ssd_backward, run, s.units(), 5 * steps_of(s));
        });
        return {dx, ddelta, dA_rows.sum(0), dB, dC, dD_rows.sum(0), dstate_in, {}, {}};
    }
};

}  // namespace

ScanResult ssd(const at::Tensor& x_BTGP, const at::Tensor& delta_BTH, const at::Tensor& A_H, const at::Tensor& B_BTGN,
               const at::Tensor& C_BTGN, const at::Tensor& D_H, const at::Tensor& state_BHPN,
               const at::Tensor& segment_BT) {
    require_cpu(x_BTGP, "ssd");
    const Inputs in{with_packed_rows(widened(x_BTGP)),
                    widened(delta_BTH),
                    packed(widened(A_H)),
                    with_packed_rows(widened(B_BTGN)),
                    with_packed_rows(widened(C_BTGN)),
                    packed(widened(D_H)),
                    packed(widened(state_BHPN)),
                    packed(segment_BT)};
    check(in);
    constexpr std::int64_t chunk = 16;
    if (!wants_gradient({in.x_BTGP, in.delta_BTH, in.A_H, in.B_BTGN, in.C_BTGN, in.D_H, in.state_BHPN})) {
        return forward_of(in, {}, x_BTGP.size(1) <= kShortWindow ? 1 : chunk);
    }
    const variable_list result = SsdFunction::apply(in.x_BTGP, in.delta_BTH, in.A_H, in.B_BTGN, in.C_BTGN, in.D_H,
                                                    Optional(in.state_BHPN), Optional(in.segment_BT), chunk);
    return {result[0], result[1]};
}

}  // namespace molt::ops
