// Mamba-2 hybrids as stock transformers classes: Falcon-H1 and GraniteMoeHybrid. Rules and limits: design/export.md.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/json.h"
#include "core/model/lazy_tensor.h"
#include "core/model/param_set.h"
#include "core/spec/model_config.h"

namespace molt {

struct StockModel {
    json config;                       ///< config.json
    LazyTensors tensors;               ///< of views of `params`
    std::string minimum_transformers;  ///< first version that is known to compute the same
    std::string note;                  ///< a sentence on its limits, or empty
};

/// Every layer owns both branches; the absent one is zero. Exact since transformers 4.57.1.
///   max_context  > 0: becomes max_position_embeddings; a sliding window that is no shorter has no effect then
/// Throws Error(Mismatch) with the reason if the class cannot express the model.
StockModel to_falcon_h1(const ModelConfig& config, const ParamSet& params, std::int64_t max_context = 0);
/// No waste; up to transformers 5.22.2 the gated norm of this class runs over all channels, so that 5.23.0 is needed.
StockModel to_granite_hybrid(const ModelConfig& config, const ParamSet& params, std::int64_t max_context = 0);

}  // namespace molt
