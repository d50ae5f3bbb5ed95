// Causal depthwise convolution as an autograd function around the kernels of core/kernels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/conv1d.h"

#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/base/text.h"
#include "core/kernels/kernels.h"
#include "core/ops/kernel_args.h"

namespace molt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Inputs {
    at::Tensor x_BTC, weight_CW, bias_C, history_BWC, segment_BT;
    bool silu = false;
};

template <class T>
kernels::ConvInputs<T> kernel_inputs(const Inputs& in) {
    kernels::ConvInputs<T> run;
    run.size = {in.x_BTC.size(0), in.x_BTC.size(1), in.x_BTC.size(2), in.weight_CW.size(1), in.silu};
    run.x = view<const T>(in.x_BTC), run.history = view<const T>(in.history_BWC);
    run.weight = pointer<const T>(in.weight_CW), run.bias = pointer<const T>(in.bias_C);
    run.segment = pointer<const std::int64_t>(in.segment_BT);
    return run;
}

void check(const Inputs& in) {
    const std::int64_t B = in.x_BTC.size(0), T = in.x_BTC.size(1), C = in.x_BTC.size(2), W = in.weight_CW.size(1);
    const bool good = T > 0 && in.weight_CW.size(0) == C && (!in.bias_C.defined() || in.bias_C.numel() == C) &&
                      (!in.history_BWC.defined() || in.history_BWC.sizes() == at::IntArrayRef({B, W - 1, C})) &&
                      (!in.segment_BT.defined() || in.segment_BT.sizes() == at::IntArrayRef({B, T}));
    if (!good) {
        fail(ErrorCode::BadConfig,
             join("causal_conv1d: shapes do not fit: x ", in.x_BTC.sizes(), ", weight ", in.weight_CW.sizes()));
    }
}

at::Tensor forward_of(const Inputs& in) {
    const at::Tensor y_BTC = at::empty(in.x_BTC.sizes(), in.x_BTC.options());
    by_type(in.x_BTC, [&](auto type) {
        using T = decltype(type);
        const kernels::ConvForward<T> run{kernel_inputs<T>(in), view<T>(y_BTC)};
        run_units(kernels::kernels<T>().conv_forward, run, run.in.size.units(), y_BTC.numel());
    });
    return y_BTC;
}

struct ConvFunction : torch::autograd::Function<ConvFunction> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                              const Optional& bias, const Optional& history, const Optional& segment, bool silu) {
        const Inputs in{
            x,   weight, bias.value_or(at::Tensor()), history.value_or(at::Tensor()), segment.value_or(at::Tensor()),
            silu};
        context->save_for_backward({in.x_BTC, in.weight_CW, in.bias_C, in.history_BWC, in.segment_BT});
        context->saved_data["silu"] = silu;
        return forward_of(in);
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const Inputs in{saved[0], saved[1], saved[2], saved[3], saved[4], context->saved_data["silu"].toBool()};
        const auto options = in.x_BTC.options();
        const std::int64_t B = in.x_BTC.size(0), C = in.x_BTC.size(2), W = in.weight_CW.size(1);
        const at::Tensor dy = with_packed_rows(gradients[0]), dx = at::empty(in.x_BTC.sizes(), options);
        const at::Tensor dweight_rows = at::empty({B, C, W}, options);
        const at::Tensor dbias_rows = in.bias_C.defined() ? at::empty({B, C}, options) : at::Tensor();
        by_type(in.x_BTC, [&](auto type) {
            using T = decltype(type);
            const kernels::ConvBackward<T> run{kernel_inputs<T>(in), view<const T>(dy), view<T>(dx),
                                               pointer<T>(dweight_rows), pointer<T>(dbias_rows)};
            run_units(kernels::kernels<T>().conv_backward, run, run.in.size.units(), 3 * dx.numel());
        });
        return {dx, dweight_rows.sum(0), dbias_rows.defined() ? dbias_rows.sum(0) : at::Tensor(), {}, {}, {}};
    }
};

}  // namespace

at::Tensor causal_conv1d(const at::Tensor& x_BTC, const at::Tensor& weight_CW, const at::Tensor& bias_C, bool silu,
                         const at::Tensor& history_BWC, const at::Tensor& segment_BT) {
    require_cpu(x_BTC, "causal_conv1d");
    const at::Tensor history = history_BWC.defined() ? with_packed_rows(widened(history_BWC)) : history_BWC;
    const Inputs in{with_packed_rows(widened(x_BTC)),
                    packed(widened(weight_CW)),
                    packed(widened(bias_C)),
                    history,
                    packed(segment_BT),
                    silu};
    check(in);
    const bool differentiate = wants_gradient({in.x_BTC, in.weight_CW, in.bias_C});
    const at::Tensor y = differentiate ? ConvFunction::apply(in.x_BTC, in.weight_CW, Optional(in.bias_C),
                                                             Optional(in.history_BWC), Optional(in.segment_BT), silu)
                                       : forward_of(in);
    return y.to(x_BTC.scalar_type());
}

}  // namespace molt::ops
