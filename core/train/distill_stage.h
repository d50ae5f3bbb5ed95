// DistillStage: stage 1 of the paper - match the teacher's distribution, and the labels of the data.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/spec/stage_config.h"
#include "core/train/language_stage.h"

namespace molt {

class DistillStage : public LanguageStage {
public:
    /// Both models are borrowed and may share tensors that do not learn.
    DistillStage(HybridModel& student, const HybridModel& teacher, StageData data, const DistillSettings& settings)
        : LanguageStage(student, &teacher, std::move(data)), settings_(settings) {}
    std::string_view name() const override { return "distill"; }
    /// kl_weight * KL + ce_weight * CE on the next token of the data; metrics loss_kl and loss_ce without weights.
    /// Source: algorithm.md 2.1, means per token instead of the official sum over positions.
    LossReport loss(const Batch& batch) override;

private:
    DistillSettings settings_;
};

}  // namespace molt
