// Evaluation and cursor of language-model stages.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/language_stage.h"

#include <cmath>

#include "core/eval/evaluators.h"

namespace molt {

LanguageStage::LanguageStage(HybridModel& model, const HybridModel* teacher, StageData data)
    : model_(model), teacher_(teacher), data_(std::move(data)) {}

std::vector<std::pair<std::string, double>> LanguageStage::evaluate() {
    if (data_.held_out.empty()) return {};
    const LanguageScore result = score(model_, teacher_, data_.held_out, data_.workers.get());
    std::vector<std::pair<std::string, double>> values{{"eval/loss", result.loss},
                                                       {"eval/perplexity", std::exp(result.loss)}};
    if (teacher_ != nullptr) {
        values.emplace_back("eval/kl", result.kl);
        values.emplace_back("eval/agreement", result.agreement);
    }
    return values;
}

void LanguageStage::save(StateArchive& archive) const {
    const DataCursor cursor = data_.loader.cursor();
    archive.values["data_epoch"] = cursor.epoch;
    archive.values["data_index"] = cursor.index;
}

void LanguageStage::load(const StateArchive& archive) {
    data_.loader.seek({.epoch = get<std::int64_t>(archive.values, "data_epoch", "trainer.json"),
                       .index = get<std::int64_t>(archive.values, "data_index", "trainer.json")});
}

}  // namespace molt
