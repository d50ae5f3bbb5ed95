// Chunked losses: each chunk's logits become their own gradient, and only sums leave the chunk.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/losses.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "core/base/text.h"
#include "core/kernels/kernels.h"
#include "core/ops/kernel_args.h"

namespace molt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What a loss is made of; teacher tensors undefined: cross-entropy only.
struct Terms {
    at::Tensor teacher_BTD, teacher_head_VD, target_BT;
    double ce_weight = 1.0, kl_weight = 0.0, temperature = 1.0;
    bool reverse = false;
    std::int64_t chunk = 1024;
};

struct Sums {
    double ce = 0.0, kl = 0.0;    ///< means over counted tokens, without weights
    at::Tensor d_hidden, d_head;  ///< of the weighted total; undefined where not asked for
};

/// Rows of (B,T,D) at the counted tokens, (n,D).
at::Tensor counted_rows(const at::Tensor& hidden_BTD, const at::Tensor& counted) {
    const at::Tensor rows = hidden_BTD.reshape({-1, hidden_BTD.size(-1)});
    return rows.size(0) == counted.size(0) ? rows : rows.index_select(0, counted);
}

/// Fills ce and kl of each row; logits become gradients.
void chunk_rows(const at::Tensor& logits, const at::Tensor& teacher_logits, const at::Tensor& target,
                const Terms& terms, double tokens, const at::Tensor& ce_kl) {
    by_type(logits, [&](auto type) {
        using T = decltype(type);
        kernels::LossRows<T> run;
        run.rows = logits.size(0), run.V = logits.size(1);
        run.ce_weight = terms.ce_weight / tokens;
        run.kl_weight = terms.kl_weight * terms.temperature * terms.temperature / tokens;
        run.temperature = terms.temperature, run.reverse = terms.reverse;
        run.student = pointer<T>(logits), run.teacher = pointer<const T>(teacher_logits);
        run.target = pointer<const std::int64_t>(target);
        run.ce = ce_kl.mutable_data_ptr<double>(), run.kl = run.ce + run.rows;
        run_units(kernels::kernels<T>().loss_rows, run, run.rows, 8 * logits.numel());
    });
}

/// The loss over all counted tokens, chunk by chunk, with the gradients that are asked for.
Sums evaluate(const at::Tensor& hidden_BTD, const at::Tensor& head_VD, const Terms& terms, bool want_hidden,
              bool want_head) {
    const at::Tensor counted = (terms.target_BT.flatten() >= 0).nonzero().flatten();
    const std::int64_t tokens = counted.numel();
    if (tokens == 0) fail(ErrorCode::NonFinite, "loss: no token of the batch counts", "check the loss mask");
    const at::Tensor hidden = counted_rows(hidden_BTD, counted);
    const at::Tensor target = terms.target_BT.flatten().index_select(0, counted);
    const at::Tensor teacher = terms.teacher_BTD.defined() ? counted_rows(terms.teacher_BTD, counted) : at::Tensor();
    const at::Tensor d_rows = want_hidden ? at::empty(hidden.sizes(), hidden.options()) : at::Tensor();
    Sums sums;
    if (want_head) sums.d_head = at::zeros(head_VD.sizes(), head_VD.options());
    for (std::int64_t from = 0; from < tokens; from += terms.chunk) {
        const std::int64_t n = std::min(terms.chunk, tokens - from);
        const at::Tensor part = hidden.narrow(0, from, n), logits = at::linear(part, head_VD);
        const at::Tensor teacher_logits =
            teacher.defined() ? at::linear(teacher.narrow(0, from, n), terms.teacher_head_VD) : at::Tensor();
        const at::Tensor ce_kl = at::zeros({2, n}, at::kDouble);
        chunk_rows(logits, teacher_logits, target.narrow(0, from, n), terms, static_cast<double>(tokens), ce_kl);
        const at::Tensor chunk_sums = ce_kl.sum(1);
        sums.ce += chunk_sums.const_data_ptr<double>()[0];
        sums.kl += chunk_sums.const_data_ptr<double>()[1];
        if (want_hidden) d_rows.narrow(0, from, n).copy_(at::mm(logits, head_VD));
        if (want_head) sums.d_head.addmm_(logits.t(), part);
    }
    sums.ce /= static_cast<double>(tokens);
    sums.kl *= terms.temperature * terms.temperature / static_cast<double>(tokens);
    if (!want_hidden) return sums;
    const std::int64_t all = terms.target_BT.numel();
    sums.d_hidden =
        tokens == all ? d_rows : at::zeros({all, hidden.size(1)}, hidden.options()).index_copy_(0, counted, d_rows);
    sums.d_hidden = sums.d_hidden.view(hidden_BTD.sizes());
    return sums;
}

/// Gradients are computed with the value; backward only scales them.
struct LossFunction : torch::autograd::Function<LossFunction> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& hidden, const at::Tensor& head,
                              const Terms* terms, Sums* sums) {
        *sums = evaluate(hidden, head, *terms, hidden.requires_grad(), head.requires_grad());
        context->save_for_backward({sums->d_hidden, sums->d_head});
        return at::full({}, terms->ce_weight * sums->ce + terms->kl_weight * sums->kl, hidden.options());
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const auto scaled = [&](const at::Tensor& d) { return d.defined() ? d * gradients[0] : at::Tensor(); };
        return {scaled(saved[0]), scaled(saved[1]), {}, {}};
    }
};

void check(const at::Tensor& hidden_BTD, const at::Tensor& head_VD, const at::Tensor& target_BT, std::int64_t chunk) {
    if (hidden_BTD.dim() != 3 || hidden_BTD.sizes().slice(0, 2) != target_BT.sizes() ||
        head_VD.size(1) != hidden_BTD.size(2) || chunk <= 0) {
        fail(ErrorCode::BadConfig, join("loss: shapes do not fit: hidden ", hidden_BTD.sizes(), ", head ",
                                        head_VD.sizes(), ", target ", target_BT.sizes()));
    }
    require_cpu(hidden_BTD, "loss");
    if (target_BT.numel() > 0 && target_BT.max().item<std::int64_t>() >= head_VD.size(0)) {
        fail(ErrorCode::Mismatch, join("loss: a target is outside the vocabulary of ", head_VD.size(0)));
    }
}

/// The total with gradient where one is wanted; ce and kl in `sums`.
at::Tensor total_of(const at::Tensor& hidden_BTD, const at::Tensor& head_VD, const Terms& terms, Sums& sums) {
    const at::Tensor hidden = widened(hidden_BTD), head = widened(head_VD);
    if (wants_gradient({hidden, head})) return LossFunction::apply(hidden, head, &terms, &sums);
    sums = evaluate(hidden, head, terms, false, false);
    return at::full({}, terms.ce_weight * sums.ce + terms.kl_weight * sums.kl, hidden.options());
}

}  // namespace

at::Tensor cross_entropy(const at::Tensor& hidden_BTD, const at::Tensor& head_VD, const at::Tensor& target_BT,
                         std::int64_t chunk) {
    check(hidden_BTD, head_VD, target_BT, chunk);
    Terms terms;
    terms.target_BT = target_BT, terms.chunk = chunk;
    Sums sums;
    return total_of(hidden_BTD, head_VD, terms, sums);
}

DistillLoss distill_loss(const at::Tensor& student_BTD, const at::Tensor& student_head_VD,
                         const at::Tensor& teacher_BTD, const at::Tensor& teacher_head_VD, const at::Tensor& target_BT,
                         double kl_weight, double ce_weight, double temperature, bool reverse, std::int64_t chunk) {
    check(student_BTD, student_head_VD, target_BT, chunk);
    check(teacher_BTD, teacher_head_VD, target_BT, chunk);
    if (student_head_VD.size(0) != teacher_head_VD.size(0) || !(temperature > 0.0)) {
        fail(ErrorCode::BadConfig, join("loss: vocabularies of ", student_head_VD.size(0), " and ",
                                        teacher_head_VD.size(0), " tokens, temperature ", temperature));
    }
    const auto type = student_BTD.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    const Terms terms{teacher_BTD.detach().to(type),
                      teacher_head_VD.detach().to(type),
                      target_BT,
                      ce_weight,
                      kl_weight,
                      temperature,
                      reverse,
                      chunk};
    Sums sums;
    const at::Tensor total = total_of(student_BTD, student_head_VD, terms, sums);
    return {total, sums.kl, sums.ce};
}

}  // namespace molt::ops
