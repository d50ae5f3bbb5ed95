// PretrainStage: plain language modelling, for teachers made from scratch and drafts.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/train/language_stage.h"

namespace molt {

class PretrainStage : public LanguageStage {
public:
    PretrainStage(HybridModel& model, StageData data) : LanguageStage(model, nullptr, std::move(data)) {}
    std::string_view name() const override { return "pretrain"; }
    /// Mean cross-entropy of the next token.
    LossReport loss(const Batch& batch) override;
};

}  // namespace molt
