// Mamba-1 selective scan as an autograd function around the kernels of core/kernels.
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

struct Inputs {
    at::Tensor x_BTC, delta_BTC, A_CN, B_BTGN, C_BTGN, D_C, state_BCN, segment_BT;
};

kernels::ScanSizes sizes_of(const Inputs& in) {
    kernels::ScanSizes s;
    s.B = in.x_BTC.size(0), s.T = in.x_BTC.size(1), s.C = in.x_BTC.size(2), s.N = in.A_CN.size(1);
    s.groups_B = in.B_BTGN.size(2), s.groups_C = in.C_BTGN.size(2);
    return s;
}

void check(const Inputs& in) {
    const kernels::ScanSizes s = sizes_of(in);
    const auto divides = [&](std::int64_t groups) { return groups > 0 && s.C % groups == 0; };
    const bool good = divides(s.groups_B) && divides(s.groups_C) && s.T > 0 && in.A_CN.size(0) == s.C &&
                      in.delta_BTC.sizes() == in.x_BTC.sizes() && in.D_C.numel() == s.C &&
                      in.B_BTGN.sizes() == at::IntArrayRef({s.B, s.T, s.groups_B, s.N}) &&
                      in.C_BTGN.sizes() == at::IntArrayRef({s.B, s.T, s.groups_C, s.N}) &&
                      (!in.state_BCN.defined() || in.state_BCN.sizes() == at::IntArrayRef({s.B, s.C, s.N})) &&
                      (!in.segment_BT.defined() || in.segment_BT.sizes() == at::IntArrayRef({s.B, s.T}));
    if (!good) {
        fail(ErrorCode::BadConfig,
             join("selective_scan: shapes do not fit: x ", in.x_BTC.sizes(), ", delta ", in.delta_BTC.sizes(), ", A ",
                  in.A_CN.sizes(), ", B ", in.B_BTGN.sizes(), ", C ", in.C_BTGN.sizes()));
    }
}

template <class T>
kernels::ScanInputs<T> kernel_inputs(const Inputs& in) {
    kernels::ScanInputs<T> run;
    run.size = sizes_of(in);
    run.x = view<const T>(in.x_BTC), run.delta = view<const T>(in.delta_BTC);
    run.B = view<const T>(in.B_BTGN), run.C = view<const T>(in.C_BTGN);
    run.A = pointer<const T>(in.A_CN), run.D = pointer<const T>(in.D_C);
    run.state = pointer<const T>(in.state_BCN);
    run.segment = pointer<const std::int64_t>(in.segment_BT);
    return run;
}

std::int64_t steps_of(const kernels::ScanSizes& s) { return s.B * s.T * s.C * s.N; }

/// y and state; `checkpoints` is filled if it is defined.
ScanResult forward_of(const Inputs& in, const at::Tensor& checkpoints) {
    const kernels::ScanSizes s = sizes_of(in);
    ScanResult result{at::empty({s.B, s.T, s.C}, in.x_BTC.options()), at::empty({s.B, s.C, s.N}, in.x_BTC.options())};
    by_type(in.x_BTC, [&](auto type) {
        using T = decltype(type);
        kernels::ScanForward<T> run{kernel_inputs<T>(in), view<T>(result.y), pointer<T>(result.state),
                                    pointer<T>(checkpoints)};
        run_units(kernels::kernels<T>().scan_forward, run, s.units(), steps_of(s));
    });
    return result;
}

struct ScanFunction : torch::autograd::Function<ScanFunction> {
    static variable_list forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& delta,
                                 const at::Tensor& A, const at::Tensor& B, const at::Tensor& C, const at::Tensor& D,
                                 const Optional& optional_state, const Optional& optional_segment) {
        const at::Tensor state = optional_state.value_or(at::Tensor());
        const at::Tensor segment = optional_segment.value_or(at::Tensor());
        const Inputs in{x, delta, A, B, C, D, state, segment};
        const kernels::ScanSizes s = sizes_of(in);
        const at::Tensor checkpoints = at::empty({s.B, s.checkpoints(), s.N, s.C}, x.options());
        const ScanResult result = forward_of(in, checkpoints);
        context->save_for_backward({x, delta, A, B, C, D, state, segment, checkpoints});
        context->set_materialize_grads(false);
        return {result.y, result.state};
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const Inputs in{saved[0], saved[1], saved[2], saved[3], saved[4], saved[5], saved[6], saved[7]};
        const kernels::ScanSizes s = sizes_of(in);
        const auto options = in.x_BTC.options();
        const at::Tensor dy =
            gradients[0].defined() ? with_packed_rows(gradients[0]) : at::zeros({s.B, s.T, s.C}, options);
        const at::Tensor dstate = packed(gradients[1]);
        const at::Tensor dx = at::empty({s.B, s.T, s.C}, options), ddelta = at::empty({s.B, s.T, s.C}, options);
        const at::Tensor dB = at::zeros(in.B_BTGN.sizes(), options), dC = at::zeros(in.C_BTGN.sizes(), options);
        const at::Tensor dA_rows = at::empty({s.B, s.C, s.N}, options), dD_rows = at::empty({s.B, s.C}, options);
        const at::Tensor dstate_in = in.state_BCN.defined() ? at::zeros_like(in.state_BCN) : at::Tensor();
        by_type(in.x_BTC, [&](auto type) {
            using T = decltype(type);
            kernels::ScanBackward<T> run;
            run.in = kernel_inputs<T>(in);
            run.checkpoints = pointer<const T>(saved[8]);
            run.dy = view<const T>(dy), run.dstate = pointer<const T>(dstate);
            run.dx = view<T>(dx), run.ddelta = view<T>(ddelta), run.dB = view<T>(dB), run.dC = view<T>(dC);
            run.dA_rows = pointer<T>(dA_rows), run.dD_rows = pointer<T>(dD_rows);
            run.dstate_in = pointer<T>(dstate_in);
            run_units(kernels::kernels<T>().scan_backward, run, s.units(), 4 * steps_of(s));
        });
        return {dx, ddelta, dA_rows.sum(0), dB, dC, dD_rows.sum(0), dstate_in, {}};
    }
};

}  // namespace

ScanResult selective_scan(const at::Tensor& x_BTC, const at::Tensor& delta_BTC, const at::Tensor& A_CN,
                          const at::Tensor& B_BTGN, const at::Tensor& C_BTGN, const at::Tensor& D_C,
                          const at::Tensor& state_BCN, const at::Tensor& segment_BT) {
    require_cpu(x_BTC, "selective_scan");
    const Inputs in{with_packed_rows(widened(x_BTC)),
                    with_packed_rows(widened(delta_BTC)),
                    packed(widened(A_CN)),
                    with_packed_rows(widened(B_BTGN)),
                    with_packed_rows(widened(C_BTGN)),
                    packed(widened(D_C)),
                    packed(widened(state_BCN)),
                    packed(segment_BT)};
    check(in);
    if (!wants_gradient({in.x_BTC, in.delta_BTC, in.A_CN, in.B_BTGN, in.C_BTGN, in.D_C, in.state_BCN})) {
        return forward_of(in, {});
    }
    const variable_list result = ScanFunction::apply(in.x_BTC, in.delta_BTC, in.A_CN, in.B_BTGN, in.C_BTGN, in.D_C,
                                                     Optional(in.state_BCN), Optional(in.segment_BT));
    return {result[0], result[1]};
}

}  // namespace molt::ops
