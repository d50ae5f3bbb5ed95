// Gradients of one step: a batch is split by rows over the workers, and the parts are added up in a fixed order.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "core/base/workers.h"
#include "core/train/optimizer.h"
#include "core/train/stage.h"

namespace molt {

/// What the loss of a step was: means over its valid tokens.
struct StepLoss {
    double loss = 0.0;
    std::map<std::string, double> metrics;
    std::int64_t tokens = 0;
};

/// Adds the gradient of the mean loss over all valid tokens of the batches to `learning`. Each part's mean loss weighs
/// as many tokens as it is a mean of, so that accumulation and splitting do not change the result (beyond rounding);
/// with the same number of workers it is the same bit for bit. If a loss is not finite, no gradient is added.
StepLoss add_gradients(Stage& stage, std::span<const Batch> batches, const NamedTensors& learning, Workers& workers);

/// Rows begin .. begin + count - 1 of a batch.
Batch rows_of(const Batch& batch, std::int64_t begin, std::int64_t count);

}  // namespace molt
