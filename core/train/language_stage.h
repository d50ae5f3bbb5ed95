// LanguageStage: what pretrain and distill share - a loader, held-out batches, evaluation and the cursor.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/workers.h"
#include "core/data/loader.h"
#include "core/model/hybrid_model.h"
#include "core/train/stage.h"

namespace molt {

/// Where a stage's batches come from.
struct StageData {
    Loader loader;
    std::vector<Batch> held_out;
    std::shared_ptr<Workers> workers;  ///< share the held-out batches; must not be null
};

class LanguageStage : public Stage {
public:
    ParamSet& params() override { return model_.params(); }
    Batch next() override { return data_.loader.next(); }
    /// eval/loss, eval/perplexity; with a teacher also eval/kl, eval/agreement.
    std::vector<std::pair<std::string, double>> evaluate() override;
    void save(StateArchive& archive) const override;
    void load(const StateArchive& archive) override;

protected:
    /// Borrows both models; teacher may be nullptr.
    LanguageStage(HybridModel& model, const HybridModel* teacher, StageData data);
    const HybridModel& model() const { return model_; }
    const HybridModel& teacher() const { return *teacher_; }

private:
    HybridModel& model_;
    const HybridModel* teacher_;
    StageData data_;
};

}  // namespace molt
