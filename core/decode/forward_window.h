// A window of tokens through a model with its state, as plain numbers: what decoders share.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/model/hybrid_model.h"
#include "core/text/tokenizer.h"

namespace molt {

/// Feeds ids (batch rows of equal length, one after the other), accepts all of them, and returns the logits after the
/// last token of every row. Call under at::NoGradGuard.
std::vector<std::vector<float>> forward_window(const HybridModel& model, std::span<const TokenId> ids_BT,
                                               std::int64_t batch, ModelState& state);

/// Throws Error(Mismatch): empty prompt, id out of range, prompt longer than the context.
void check_prompt(std::span<const TokenId> prompt, const ModelConfig& config);

}  // namespace molt
