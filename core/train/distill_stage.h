// DistillStage: stage 1 of the paper - match the teacher's distribution, and the labels of the data.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/spec/stage_config.h"
#include "core/train/language_stage.h"
#include "core/train/teacher_cache.h"

namespace molt {

class DistillStage : public LanguageStage {
public:
    /// Both models are borrowed and may share tensors that do not learn. keep_teacher: the teacher's hidden states are
    /// remembered (TeacherCache); the loader's rows must then be the same in every epoch.
    DistillStage(HybridModel& student, const HybridModel& teacher, StageData data, const DistillSettings& settings,
                 bool keep_teacher = false);
    std::string_view name() const override { return "distill"; }
    /// kl_weight * KL + ce_weight * CE on the next token of the data; metrics loss_kl and loss_ce without weights.
    /// Source: algorithm.md 2.1, means per token instead of the official sum over positions.
    LossReport loss(const Batch& batch) override;

private:
    at::Tensor teacher_hidden(const Batch& batch);

    DistillSettings settings_;
    std::unique_ptr<TeacherCache> cache_;
};

}  // namespace molt
