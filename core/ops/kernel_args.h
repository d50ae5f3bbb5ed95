// From tensors to the plain pointers that kernels take: strides, packing, threads. Included by sources of core/ops
// only. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>

#include "core/base/error.h"
#include "core/kernels/rows.h"
#include "core/kernels/view.h"

namespace molt::ops {

/// How an autograd function takes a tensor that may be undefined.
using Optional = std::optional<at::Tensor>;

/// float64 stays, everything narrower becomes float32: what the kernels compute in. Undefined stays undefined.
inline at::Tensor widened(const at::Tensor& x) {
    return !x.defined() || x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
}

/// Refuses tensors that no kernel can read.
inline void require_cpu(const at::Tensor& x, const char* operation) {
    if (!x.is_cpu()) fail(ErrorCode::Device, std::string(operation) + ": this operation runs on the CPU only");
}

/// The tensor itself if its last dimension is contiguous, else a packed copy.
inline at::Tensor with_packed_rows(const at::Tensor& x) { return x.stride(-1) == 1 ? x : x.contiguous(); }

inline at::Tensor packed(const at::Tensor& x) { return x.defined() ? x.contiguous() : x; }

/// x as a matrix (all but the last dimension, last dimension) with packed rows, a view where that is possible.
inline at::Tensor as_rows(const at::Tensor& x) { return with_packed_rows(x.reshape({-1, x.size(-1)})); }

/// True if the calculation has to be recorded for backward.
inline bool wants_gradient(std::initializer_list<at::Tensor> inputs) {
    return at::GradMode::is_enabled() && std::any_of(inputs.begin(), inputs.end(), [](const at::Tensor& t) {
               return t.defined() && t.requires_grad();
           });
}

template <class T>
auto pointer(const at::Tensor& x) {
    using Value = std::remove_const_t<T>;
    if constexpr (std::is_const_v<T>) {
        return x.defined() ? x.const_data_ptr<Value>() : nullptr;
    } else {
        return x.defined() ? x.mutable_data_ptr<Value>() : nullptr;
    }
}

/// View of a (B,T,G,N) or (B,T,C) tensor with packed rows, or an empty view of an undefined one.
template <class T>
kernels::View<T> view(const at::Tensor& x) {
    if (!x.defined()) return {};
    return {pointer<T>(x), x.stride(0), x.stride(1), x.dim() == 4 ? x.stride(2) : 0};
}
/// View of a (B,T,H) tensor as (B,T,H,1).
template <class T>
kernels::View<T> scalar_view(const at::Tensor& x) {
    return {pointer<T>(x), x.stride(0), x.stride(1), x.stride(2)};
}

template <class T>
kernels::Rows<T> rows(const at::Tensor& x) {
    if (!x.defined()) return {};
    return {pointer<T>(x), x.stride(0)};
}

/// Rows of a decoding window at most: operations without gradient on so few give each row the bits that it has alone.
constexpr std::int64_t kShortRows = 16;

/// Elementary steps (some 20 us together) that are worth a thread's start.
constexpr std::int64_t kStepsPerThread = 32768;

/// Calls kernel(run, begin, end) over all units, on as many threads as get at least kStepsPerThread steps each.
template <class Kernel, class Params>
void run_units(Kernel kernel, const Params& run, std::int64_t units, std::int64_t steps) {
    const std::int64_t grain =
        std::clamp<std::int64_t>(kStepsPerThread * units / std::max<std::int64_t>(steps, 1), 1, units);
    at::parallel_for(0, units, grain, [&](std::int64_t begin, std::int64_t end) { kernel(run, begin, end); });
}

/// Runs work(float{}) or work(double{}) by the tensor's type.
template <class Work>
void by_type(const at::Tensor& x, const Work& work) {
    x.scalar_type() == at::kDouble ? work(double{}) : work(float{});
}

}  // namespace molt::ops
