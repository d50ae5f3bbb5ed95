// Student forward with gradients, teacher forward without, one fused loss.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/distill_stage.h"

#include <ATen/core/grad_mode.h>

#include "core/ops/losses.h"

namespace molt {

DistillStage::DistillStage(HybridModel& student, const HybridModel& teacher, StageData data,
                           const DistillSettings& settings, bool keep_teacher)
    : LanguageStage(student, &teacher, std::move(data)),
      settings_(settings),
      cache_(keep_teacher ? std::make_unique<TeacherCache>(teacher) : nullptr) {}

at::Tensor DistillStage::teacher_hidden(const Batch& batch) {
    if (cache_) return cache_->hidden(batch);
    const at::NoGradGuard no_grad;
    return teacher().hidden(batch.ids_BT, batch.segment_BT, nullptr);
}

LossReport DistillStage::loss(const Batch& batch) {
    const at::Tensor teacher_BTD = teacher_hidden(batch);
    const at::Tensor student_BTD = model().hidden(batch.ids_BT, batch.segment_BT, nullptr);
    const ops::DistillLoss result = ops::distill_loss(student_BTD, model().head(), teacher_BTD, teacher().head(),
                                                      batch.target_BT, settings_.kl_weight, settings_.ce_weight,
                                                      settings_.temperature, settings_.divergence == "reverse");
    return {.loss = result.total, .metrics = {{"loss_ce", result.ce}, {"loss_kl", result.kl}}};
}

}  // namespace molt
