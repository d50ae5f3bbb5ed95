// README.md of an exported folder: how to load it, what it is, recipe, lineage, evaluation, licence.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/model/lineage.h"
#include "core/spec/model_config.h"

namespace molt {

struct ModelCard {
    std::string title;
    std::string loading;  ///< sentences: which program loads it, from which version on
    bool trust_remote_code = false;
    bool for_transformers = true;  ///< else there is no example in Python
    std::int64_t parameters = 0;
    std::string dtype;
    json provenance;  ///< molt.json, or null; "evaluation": {metric: value} or a list of {task, metric, value, ...}
    std::vector<Ancestor> lineage;
    std::string licence;  ///< of the model itself, where it names one
};

/// Markdown with the block of keys that model hubs read.
std::string model_card_text(const ModelCard& card, const ModelConfig& config);

}  // namespace molt
