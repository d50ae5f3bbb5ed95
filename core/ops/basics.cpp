// SwiGLU and the rotary embedding as autograd functions around the kernels of core/kernels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/basics.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/text.h"
#include "core/kernels/kernels.h"
#include "core/ops/kernel_args.h"

namespace molt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A whole number of LibTorch's vectors, whatever the instruction set.
std::int64_t padded_width(const at::Tensor& x) { return (x.size(1) + 63) / 64 * 64; }

at::Tensor swiglu_of(const at::Tensor& gate, const at::Tensor& up) {
    const at::Tensor y = at::empty(gate.sizes(), gate.options());
    by_type(gate, [&](auto type) {
        using T = decltype(type);
        const kernels::SwigluForward<T> run{
            {gate.size(0), gate.size(1)}, rows<const T>(gate), rows<const T>(up), rows<T>(y)};
        run_units(kernels::kernels<T>().swiglu_forward, run, run.size.units(), y.numel());
    });
    return y;
}

struct SwigluFunction : torch::autograd::Function<SwigluFunction> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& gate, const at::Tensor& up) {
        context->save_for_backward({gate, up});
        return swiglu_of(gate, up);
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &gate = saved[0], &up = saved[1], dy = with_packed_rows(gradients[0]);
        const at::Tensor dgate = at::empty(gate.sizes(), gate.options()), dup = at::empty(up.sizes(), up.options());
        by_type(gate, [&](auto type) {
            using T = decltype(type);
            const kernels::SwigluBackward<T> run{{gate.size(0), gate.size(1)},
                                                 rows<const T>(gate),
                                                 rows<const T>(up),
                                                 rows<const T>(dy),
                                                 rows<T>(dgate),
                                                 rows<T>(dup)};
            run_units(kernels::kernels<T>().swiglu_backward, run, run.size.units(), 2 * dy.numel());
        });
        return {dgate, dup};
    }
};

/// cos and sin of all angles, (B or 1, T, E/2); one table for all rows if their positions are the same.
struct RopeTables {
    at::Tensor cos, sin;

    RopeTables(const at::Tensor& position_BT, const at::Tensor& frequency_E2, at::ScalarType type) {
        const at::Tensor positions = position_BT.contiguous(), frequencies = frequency_E2.contiguous();
        const std::int64_t B = positions.size(0), T = positions.size(1), half = frequencies.size(0);
        const auto* position = positions.const_data_ptr<std::int64_t>();
        bool shared = true;
        for (std::int64_t b = 1; b < B; ++b) shared = shared && std::equal(position, position + T, position + b * T);
        cos = at::empty({shared ? 1 : B, T, half}, type), sin = at::empty({shared ? 1 : B, T, half}, type);
        by_type(cos, [&](auto number) {
            using N = decltype(number);
            fill(position, frequencies.const_data_ptr<double>(), cos.mutable_data_ptr<N>(), sin.mutable_data_ptr<N>());
        });
    }

private:
    template <class N>
    void fill(const std::int64_t* position, const double* frequency, N* to_cos, N* to_sin) const {
        const std::int64_t half = cos.size(2);
        for (std::int64_t i = 0; i < cos.numel(); ++i) {
            const double angle = static_cast<double>(position[i / half]) * frequency[i % half];
            to_cos[i] = static_cast<N>(std::cos(angle));
            to_sin[i] = static_cast<N>(std::sin(angle));
        }
    }
};

at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
    const at::Tensor y = at::empty(x.sizes(), x.options());
    by_type(x, [&](auto type) {
        using T = decltype(type);
        const kernels::Rope<T> run{x.size(0),
                                   x.size(1),
                                   x.size(2),
                                   x.size(3),
                                   view<const T>(x),
                                   view<T>(y),
                                   pointer<const T>(cos),
                                   pointer<const T>(sin),
                                   cos.size(0) == 1 ? 0 : cos.stride(0)};
        run_units(kernels::kernels<T>().rope, run, run.units(), y.numel());
    });
    return y;
}

struct RopeFunction : torch::autograd::Function<RopeFunction> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& cos,
                              const at::Tensor& sin) {
        context->save_for_backward({cos, sin});
        return rotate(x, cos, sin);
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        return {rotate(with_packed_rows(gradients[0]), saved[0], saved[1].neg()), {}, {}};
    }
};

/// Hugging Face's llama3 rule: long wavelengths are divided by `factor`, the middle band is interpolated.
double llama3_frequency(double frequency, const RopeConfig& rope) {
    const double context = static_cast<double>(rope.original_max_position);
    const double wavelength = 2.0 * std::numbers::pi / frequency;
    if (wavelength < context / rope.high_freq_factor) return frequency;
    if (wavelength > context / rope.low_freq_factor) return frequency / rope.factor;
    const double smooth =
        (context / wavelength - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
    return (1.0 - smooth) * frequency / rope.factor + smooth * frequency;
}

}  // namespace

at::Tensor softplus(const at::Tensor& x) {
    if (wants_gradient({x}) || x.numel() > kShortRows * x.size(-1)) return at::softplus(x);
    const at::Tensor in = x.reshape({-1, x.size(-1)}), padded = at::zeros({in.size(0), padded_width(in)}, x.options());
    padded.narrow(1, 0, in.size(1)).copy_(in);
    const at::Tensor y = at::empty_like(padded);
    for (std::int64_t row = 0; row < in.size(0); ++row) {
        at::Tensor to = y[row];
        at::softplus_out(to, padded[row]);
    }
    return y.narrow(1, 0, in.size(1)).reshape(x.sizes());
}

at::Tensor swiglu(const at::Tensor& gate_BTF, const at::Tensor& up_BTF) {
    require_cpu(gate_BTF, "swiglu");
    if (gate_BTF.sizes() != up_BTF.sizes()) {
        fail(ErrorCode::BadConfig, join("swiglu: gate ", gate_BTF.sizes(), " and up ", up_BTF.sizes(), " differ"));
    }
    const at::Tensor gate = as_rows(widened(gate_BTF)), up = as_rows(widened(up_BTF));
    const at::Tensor y = wants_gradient({gate, up}) ? SwigluFunction::apply(gate, up) : swiglu_of(gate, up);
    return y.view(gate_BTF.sizes()).to(gate_BTF.scalar_type());
}

at::Tensor rope_frequencies(const RopeConfig& rope, std::int64_t head_dim) {
    const at::Tensor frequency_E2 = at::empty({head_dim / 2}, at::kDouble);
    auto* out = frequency_E2.mutable_data_ptr<double>();
    for (std::int64_t i = 0; i < head_dim / 2; ++i) {
        const double frequency = std::pow(rope.theta, -2.0 * static_cast<double>(i) / static_cast<double>(head_dim));
        if (rope.scaling == "none") {
            out[i] = frequency;
        } else if (rope.scaling == "linear") {
            out[i] = frequency / rope.factor;
        } else if (rope.scaling == "llama3") {
            out[i] = llama3_frequency(frequency, rope);
        } else {
            fail(ErrorCode::BadConfig, join("unknown RoPE scaling '", rope.scaling, "'"),
                 "known scalings: none, linear, llama3");
        }
    }
    return frequency_E2;
}

at::Tensor rope(const at::Tensor& x_BTHE, const at::Tensor& position_BT, const at::Tensor& frequency_E2) {
    require_cpu(x_BTHE, "rope");
    if (x_BTHE.size(3) != 2 * frequency_E2.size(0) || position_BT.sizes() != x_BTHE.sizes().slice(0, 2)) {
        fail(ErrorCode::BadConfig, join("rope: x ", x_BTHE.sizes(), ", positions ", position_BT.sizes(),
                                        ", frequencies ", frequency_E2.sizes()));
    }
    const at::Tensor x = with_packed_rows(widened(x_BTHE));
    const RopeTables tables(position_BT, frequency_E2, x.scalar_type());
    const at::Tensor y =
        wants_gradient({x}) ? RopeFunction::apply(x, tables.cos, tables.sin) : rotate(x, tables.cos, tables.sin);
    return y.to(x_BTHE.scalar_type());
}

}  // namespace molt::ops
