// Gradients against central differences in float64, and the comparisons that tests of numbers need.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace molt::testing {

/// Largest |a - b| relative to max(1, |b|); infinite if shapes differ or a value is not finite.
inline double difference(const at::Tensor& a, const at::Tensor& b) {
    if (!a.defined() || !b.defined() || a.sizes() != b.sizes()) return INFINITY;
    const at::Tensor wide = b.detach().to(at::kDouble);
    const at::Tensor error = (a.detach().to(at::kDouble) - wide).abs() / wide.abs().clamp_min(1.0);
    const double largest = error.numel() == 0 ? 0.0 : error.max().item<double>();
    return std::isfinite(largest) ? largest : INFINITY;
}

/// "1.2e-09", for messages.
inline std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2g", value);
    return text;
}

/// |a - b| / |b| over the whole tensor: the measure for float32 results against float64.
inline double relative_error(const at::Tensor& a, const at::Tensor& b) {
    const at::Tensor wide = b.detach().to(at::kDouble);
    return ((a.detach().to(at::kDouble) - wide).norm() / wide.norm()).item<double>();
}

/// A scalar that depends on every element of the outputs: sum of fixed random weights times elements.
inline at::Tensor weighted_sum(const std::vector<at::Tensor>& outputs) {
    at::Tensor total;
    for (const at::Tensor& out : outputs) {
        const at::Tensor weight = at::zeros_like(out, out.options().requires_grad(false));
        auto* w = weight.mutable_data_ptr<double>();
        for (std::int64_t i = 0; i < weight.numel(); ++i) w[i] = std::sin(1.0 + 0.7 * static_cast<double>(i));
        const at::Tensor part = (out * weight).sum();
        total = total.defined() ? total + part : part;
    }
    return total;
}

struct GradientReport {
    double worst = 0.0;  ///< largest deviation, relative to max(1, |gradient|)
    std::string where;   ///< "input 2, element 17"
};

/// Compares the gradient of `f` (float64 inputs -> 0-dim) for every element of every input with central differences.
inline GradientReport check_gradients(const std::function<at::Tensor(const std::vector<at::Tensor>&)>& f,
                                      std::vector<at::Tensor> inputs, double step = 1e-5) {
    for (at::Tensor& input : inputs) input = input.detach().clone().set_requires_grad(true);
    f(inputs).backward();
    const at::NoGradGuard no_grad;
    GradientReport report;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        const at::Tensor gradient = inputs[k].grad().defined() ? inputs[k].grad() : at::zeros_like(inputs[k]);
        const at::Tensor flat_gradient = gradient.contiguous();
        auto* value = inputs[k].mutable_data_ptr<double>();
        for (std::int64_t i = 0; i < inputs[k].numel(); ++i) {
            const double centre = value[i];
            value[i] = centre + step;
            const double above = f(inputs).item<double>();
            value[i] = centre - step;
            const double below = f(inputs).item<double>();
            value[i] = centre;
            const double numeric = (above - below) / (2.0 * step), analytic = flat_gradient.const_data_ptr<double>()[i];
            const double error = std::abs(numeric - analytic) / std::max(1.0, std::abs(numeric));
            if (!(error <= report.worst)) {
                report.worst = std::isfinite(error) ? error : INFINITY;
                report.where = "input " + std::to_string(k) + ", element " + std::to_string(i);
            }
        }
    }
    return report;
}

}  // namespace molt::testing
