// Causal grouped-query attention: a kernel for whole rows and long windows, one for short windows against a cache.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>

#include "core/base/text.h"
#include "core/kernels/kernels.h"
#include "core/ops/kernel_args.h"

namespace molt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Below this many queries a transposed copy of all keys does not pay.
constexpr std::int64_t kShortWindow = 16;

struct Inputs {
    at::Tensor q_BTHE, k_BSKE, v_BSKE, query_position_BT, key_position_BS, query_segment_BT, key_segment_BS;
    std::int64_t window = 0;
};

kernels::AttentionSizes sizes_of(const Inputs& in) {
    return {in.q_BTHE.size(0), in.q_BTHE.size(1), in.k_BSKE.size(1), in.q_BTHE.size(2),
            in.k_BSKE.size(2), in.q_BTHE.size(3), in.window};
}

void check(const Inputs& in) {
    const kernels::AttentionSizes s = sizes_of(in);
    const std::array<std::int64_t, 4> keys{s.B, s.S, s.K, s.E};
    const bool good = s.K > 0 && s.H % s.K == 0 && in.k_BSKE.sizes() == at::IntArrayRef(keys) &&
                      in.v_BSKE.sizes() == at::IntArrayRef(keys) &&
                      in.query_position_BT.sizes() == at::IntArrayRef({s.B, s.T}) &&
                      in.key_position_BS.sizes() == at::IntArrayRef({s.B, s.S}) &&
                      in.query_segment_BT.defined() == in.key_segment_BS.defined();
    if (!good) {
        fail(ErrorCode::BadConfig,
             join("attention: shapes do not fit: q ", in.q_BTHE.sizes(), ", k ", in.k_BSKE.sizes(), ", v ",
                  in.v_BSKE.sizes(), "; segments must be given for both or neither"));
    }
}

template <class T>
kernels::AttentionInputs<T> kernel_inputs(const Inputs& in) {
    return {sizes_of(in),
            view<const T>(in.q_BTHE),
            view<const T>(in.k_BSKE),
            view<const T>(in.v_BSKE),
            pointer<const std::int64_t>(in.query_position_BT),
            pointer<const std::int64_t>(in.key_position_BS),
            pointer<const std::int64_t>(in.query_segment_BT),
            pointer<const std::int64_t>(in.key_segment_BS)};
}

std::int64_t steps_of(const kernels::AttentionSizes& s) { return s.B * s.H * s.T * s.S * (s.E + 8) / 16; }

at::Tensor forward_of(const Inputs& in, const at::Tensor& log_sum) {
    const at::Tensor y = at::empty(in.q_BTHE.sizes(), in.q_BTHE.options());
    by_type(y, [&](auto type) {
        using T = decltype(type);
        const kernels::AttentionForward<T> run{kernel_inputs<T>(in), view<T>(y), pointer<T>(log_sum)};
        const auto& table = kernels::kernels<T>();
        const bool few = run.in.size.T < kShortWindow && !log_sum.defined();
        run_units(few ? table.attention_window : table.attention_forward, run, run.in.size.units(),
                  steps_of(run.in.size));
    });
    return y;
}

struct AttentionFunction : torch::autograd::Function<AttentionFunction> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              const Inputs* rest) {
        Inputs in = *rest;
        in.q_BTHE = q, in.k_BSKE = k, in.v_BSKE = v;
        const at::Tensor log_sum = at::empty({q.size(0), q.size(2), q.size(1)}, q.options());
        const at::Tensor y = forward_of(in, log_sum);
        context->save_for_backward(
            {q, k, v, in.query_position_BT, in.key_position_BS, in.query_segment_BT, in.key_segment_BS, log_sum, y});
        context->saved_data["window"] = in.window;
        return y;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const Inputs in{saved[0], saved[1], saved[2], saved[3],
                        saved[4], saved[5], saved[6], context->saved_data["window"].toInt()};
        const auto options = in.q_BTHE.options();
        const at::Tensor dy = with_packed_rows(gradients[0]), dq = at::empty(in.q_BTHE.sizes(), options);
        const at::Tensor dk = at::empty(in.k_BSKE.sizes(), options), dv = at::empty(in.v_BSKE.sizes(), options);
        by_type(dq, [&](auto type) {
            using T = decltype(type);
            const kernels::AttentionBackward<T> run{kernel_inputs<T>(in), view<const T>(saved[8]),
                                                    view<const T>(dy),    pointer<const T>(saved[7]),
                                                    view<T>(dq),          view<T>(dk),
                                                    view<T>(dv)};
            run_units(kernels::kernels<T>().attention_backward, run, run.in.size.units(), 3 * steps_of(run.in.size));
        });
        return {dq, dk, dv, {}};
    }
};

}  // namespace

at::Tensor causal_attention(const at::Tensor& q_BTHE, const at::Tensor& k_BSKE, const at::Tensor& v_BSKE,
                            const at::Tensor& query_position_BT, const at::Tensor& key_position_BS, std::int64_t window,
                            const at::Tensor& query_segment_BT, const at::Tensor& key_segment_BS) {
    require_cpu(q_BTHE, "attention");
    Inputs in{q_BTHE, k_BSKE, v_BSKE, query_position_BT, key_position_BS, query_segment_BT, key_segment_BS, window};
    check(in);
    const bool differentiate = wants_gradient({q_BTHE, k_BSKE, v_BSKE});
    in = {with_packed_rows(widened(q_BTHE)),
          with_packed_rows(widened(k_BSKE)),
          with_packed_rows(widened(v_BSKE)),
          packed(query_position_BT),
          packed(key_position_BS),
          packed(query_segment_BT),
          packed(key_segment_BS),
          window};
    const at::Tensor y =
        differentiate ? AttentionFunction::apply(in.q_BTHE, in.k_BSKE, in.v_BSKE, &in) : forward_of(in, at::Tensor());
    return y.to(q_BTHE.scalar_type());
}

}  // namespace molt::ops
