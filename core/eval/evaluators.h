// Numbers about models: perplexity and KL to a teacher on held-out rows.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "core/base/workers.h"
#include "core/data/batch.h"
#include "core/model/hybrid_model.h"

namespace molt {

struct LanguageScore {
    double loss = 0.0;       ///< nats per token
    double kl = 0.0;         ///< KL(teacher || model), nats per token; 0 without a teacher
    double agreement = 0.0;  ///< share of tokens where both arg max agree; 0 without a teacher
    std::int64_t tokens = 0;
};
/// Means over all tokens of the batches whose target counts, no gradients, chunked over tokens so that no (B,T,V)
/// tensor is held. teacher may be nullptr; it must have the model's vocabulary (Error(Mismatch)). `workers`, if given,
/// share the batches; the result does not depend on them.
LanguageScore score(const HybridModel& model, const HybridModel* teacher, std::span<const Batch> batches,
                    Workers* workers = nullptr);

}  // namespace molt
