// RMS norm, plain and gated, as one autograd function around the kernels of core/kernels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/base/text.h"
#include "core/kernels/kernels.h"
#include "core/ops/basics.h"
#include "core/ops/kernel_args.h"

namespace molt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// x and gate (or undefined) as (rows, width); groups of `group` elements.
struct Inputs {
    at::Tensor x, gate, weight;
    std::int64_t group = 0;
    double eps = 0.0;
};

kernels::RowSizes sizes_of(const Inputs& in) { return {in.x.size(0), in.x.size(1)}; }

template <class T>
at::Tensor forward_of(const Inputs& in, const at::Tensor& scale) {
    const at::Tensor y = at::empty(in.x.sizes(), in.x.options());
    const kernels::NormForward<T> run{sizes_of(in),
                                      in.group,
                                      in.eps,
                                      rows<const T>(in.x),
                                      rows<const T>(in.gate),
                                      pointer<const T>(in.weight),
                                      rows<T>(y),
                                      pointer<T>(scale)};
    run_units(kernels::kernels<T>().norm_forward, run, run.size.units(), y.numel());
    return y;
}

at::Tensor forward_of(const Inputs& in, const at::Tensor& scale) {
    at::Tensor y;
    by_type(in.x, [&](auto type) { y = forward_of<decltype(type)>(in, scale); });
    return y;
}

struct NormFunction : torch::autograd::Function<NormFunction> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const Optional& gate,
                              const at::Tensor& weight, std::int64_t group, double eps) {
        const Inputs in{x, gate.value_or(at::Tensor()), weight, group, eps};
        const at::Tensor scale = at::empty({x.size(0), x.size(1) / group}, x.options());
        context->save_for_backward({in.x, in.gate, in.weight, scale});
        context->saved_data["group"] = group;
        return forward_of(in, scale);
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const Inputs in{saved[0], saved[1], saved[2], context->saved_data["group"].toInt(), 0.0};
        const auto options = in.x.options();
        const at::Tensor dy = with_packed_rows(gradients[0]), dx = at::empty(in.x.sizes(), options);
        const at::Tensor dgate = in.gate.defined() ? at::empty(in.x.sizes(), options) : at::Tensor();
        const at::Tensor dweight_units = at::empty({sizes_of(in).units(), in.x.size(1)}, options);
        by_type(in.x, [&](auto type) {
            using T = decltype(type);
            const kernels::NormBackward<T> run{sizes_of(in),
                                               in.group,
                                               rows<const T>(in.x),
                                               rows<const T>(in.gate),
                                               pointer<const T>(in.weight),
                                               pointer<const T>(saved[3]),
                                               rows<const T>(dy),
                                               rows<T>(dx),
                                               rows<T>(dgate),
                                               pointer<T>(dweight_units)};
            run_units(kernels::kernels<T>().norm_backward, run, run.size.units(), 2 * dx.numel());
        });
        return {dx, dgate, dweight_units.sum(0), {}, {}};
    }
};

at::Tensor norm(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& weight, std::int64_t group, double eps) {
    require_cpu(x, "rms_norm");
    if (weight.numel() != x.size(-1) || group <= 0 || x.size(-1) % group != 0 ||
        (gate.defined() && gate.sizes() != x.sizes())) {
        fail(ErrorCode::BadConfig,
             join("rms_norm: shapes do not fit: x ", x.sizes(), ", weight ", weight.sizes(), ", group ", group));
    }
    const Inputs in{as_rows(widened(x)), gate.defined() ? as_rows(widened(gate)) : gate, packed(widened(weight)), group,
                    eps};
    const at::Tensor y = wants_gradient({in.x, in.gate, in.weight})
                             ? NormFunction::apply(in.x, Optional(in.gate), in.weight, group, eps)
                             : forward_of(in, at::Tensor());
    return y.view(x.sizes()).to(x.scalar_type());
}

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
    return norm(x, {}, weight, x.size(-1), eps);
}

at::Tensor gated_rms_norm(const at::Tensor& y_BTC, const at::Tensor& z_BTC, const at::Tensor& weight_C,
                          std::int64_t group_size, double eps) {
    return norm(y_BTC, z_BTC, weight_C, group_size, eps);
}

}  // namespace molt::ops
