// Losses over a large vocabulary, chunked over tokens so that no (B,T,V) tensor is ever held.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace molt::ops {

/// Mean cross-entropy of next-token targets over tokens with target >= 0 (-100 = masked), nats, 0-dim.
///   hidden_BTD  final hidden states (after the last norm); head_VD  the output matrix; target_BT int64
///   chunk       tokens per slice; extra memory about 2 * chunk * V elements
/// Differentiable in hidden and head. Throws Error(BadConfig) on shapes, Error(NonFinite) if no token counts.
at::Tensor cross_entropy(const at::Tensor& hidden_BTD, const at::Tensor& head_VD, const at::Tensor& target_BT,
                         std::int64_t chunk = 1024);

struct DistillLoss {
    at::Tensor total;  ///< kl_weight * kl + ce_weight * ce, 0-dim, with gradient to the student
    double kl = 0.0;   ///< nats per counted token, temperature applied, without weight
    double ce = 0.0;   ///< nats per counted token, without weight
};
/// Cross-entropy on labels plus KL to the teacher's distribution (algorithm.md 2.1), both means over tokens with
/// target >= 0; the KL term is multiplied by temperature^2 (Hinton et al. 2015, section 2).
///   student_BTD, student_head_VD; teacher_BTD, teacher_head_VD (may be the same head tensor; another D is fine)
///   reverse     false: KL(teacher || student); true: KL(student || teacher)
/// Differentiable in student hidden and student head.
DistillLoss distill_loss(const at::Tensor& student_BTD, const at::Tensor& student_head_VD,
                         const at::Tensor& teacher_BTD, const at::Tensor& teacher_head_VD, const at::Tensor& target_BT,
                         double kl_weight, double ce_weight, double temperature, bool reverse,
                         std::int64_t chunk = 1024);

}  // namespace molt::ops
