// Chunked losses over a large vocabulary.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/losses.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt::ops {
namespace {

at::Tensor counted_tokens(const at::Tensor& target_BT) {
    const at::Tensor counted = (target_BT.flatten() >= 0).nonzero().flatten();
    if (counted.numel() == 0) fail(ErrorCode::NonFinite, "loss: no token of the batch counts", "check the loss mask");
    return counted;
}

}  // namespace

at::Tensor cross_entropy(const at::Tensor& hidden_BTD, const at::Tensor& head_VD, const at::Tensor& target_BT,
                         std::int64_t chunk) {
    const at::Tensor counted = counted_tokens(target_BT);
    const at::Tensor hidden = hidden_BTD.flatten(0, 1).index_select(0, counted);
    const at::Tensor target = target_BT.flatten().index_select(0, counted);
    at::Tensor total = at::zeros({}, hidden.options());
    for (std::int64_t from = 0; from < counted.numel(); from += chunk) {
        const std::int64_t n = std::min(chunk, counted.numel() - from);
        const at::Tensor log_p = at::log_softmax(at::linear(hidden.narrow(0, from, n), head_VD), -1);
        total = total - log_p.gather(1, target.narrow(0, from, n).unsqueeze(1)).sum();
    }
    return total / static_cast<double>(counted.numel());
}

DistillLoss distill_loss(const at::Tensor& student_BTD, const at::Tensor& student_head_VD,
                         const at::Tensor& teacher_BTD, const at::Tensor& teacher_head_VD, const at::Tensor& target_BT,
                         double kl_weight, double ce_weight, double temperature, bool reverse, std::int64_t chunk) {
    const at::Tensor counted = counted_tokens(target_BT);
    const at::Tensor student = student_BTD.flatten(0, 1).index_select(0, counted);
    const at::Tensor teacher = teacher_BTD.flatten(0, 1).index_select(0, counted);
    const at::Tensor target = target_BT.flatten().index_select(0, counted);
    at::Tensor kl = at::zeros({}, student.options()), ce = at::zeros({}, student.options());
    for (std::int64_t from = 0; from < counted.numel(); from += chunk) {
        const std::int64_t n = std::min(chunk, counted.numel() - from);
        const at::Tensor s_logits = at::linear(student.narrow(0, from, n), student_head_VD);
        const at::Tensor t_logits = at::linear(teacher.narrow(0, from, n), teacher_head_VD);
        const at::Tensor log_s = at::log_softmax(s_logits / temperature, -1);
        const at::Tensor log_t = at::log_softmax(t_logits / temperature, -1);
        kl = kl + (reverse ? at::exp(log_s) * (log_s - log_t) : at::exp(log_t) * (log_t - log_s)).sum();
        ce = ce - at::log_softmax(s_logits, -1).gather(1, target.narrow(0, from, n).unsqueeze(1)).sum();
    }
    const double tokens = static_cast<double>(counted.numel());
    kl = kl * (temperature * temperature / tokens);
    ce = ce / tokens;
    return {kl * kl_weight + ce * ce_weight, kl.item<double>(), ce.item<double>()};
}

}  // namespace molt::ops
