// Choosing between LibTorch's matrix product and the kernel for few rows.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/linear.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>

#include <vector>

#include "core/kernels/kernels.h"
#include "core/ops/kernel_args.h"

namespace molt::ops {
namespace {

/// Multiply-adds that take about as long as one elementary step of run_units().
constexpr std::int64_t kProductsPerStep = 8;

bool is_short(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    const auto type = x.scalar_type();
    const bool known = type == at::kFloat || type == at::kDouble;
    return known && x.is_cpu() && weight.scalar_type() == type && weight.stride(-1) == 1 && x.numel() > 0 &&
           x.size(-1) == weight.size(1) && x.numel() / x.size(-1) <= kShortRows &&
           (!bias.defined() || (bias.scalar_type() == type && bias.sizes() == weight.sizes().slice(0, 1))) &&
           !wants_gradient({x, weight, bias});
}

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    if (!is_short(x, weight, bias)) return at::linear(x, weight, bias);
    const at::Tensor in = as_rows(x), offset = packed(bias);
    const at::Tensor y = at::empty({in.size(0), weight.size(0)}, x.options());
    by_type(x, [&](auto type) {
        using T = decltype(type);
        const kernels::LinearForward<T> run{
            in.size(0), in.size(1), weight.size(0), rows<const T>(in), rows<const T>(weight), pointer<const T>(offset),
            rows<T>(y)};
        run_units(kernels::kernels<T>().linear_forward, run, run.units(), y.numel() * in.size(1) / kProductsPerStep);
    });
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.back() = weight.size(0);
    return y.view(shape);
}

}  // namespace molt::ops
