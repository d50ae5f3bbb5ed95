// Stage = where batches come from + what is minimised. One Trainer loop serves every stage.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/data/batch.h"
#include "core/model/param_set.h"

namespace molt {

/// Everything of a stage or trainer that a checkpoint must carry: tensors by name and plain values.
struct StateArchive {
    std::map<std::string, at::Tensor> tensors;
    json values = json::object();
};

struct LossReport {
    at::Tensor loss;                                      ///< 0-dim with graph; mean over the batch's valid tokens
    std::vector<std::pair<std::string, double>> metrics;  ///< "loss_kl", ... means over valid tokens
};

class Stage {
public:
    virtual ~Stage() = default;
    virtual std::string_view name() const = 0;
    virtual ParamSet& params() = 0;  ///< of the model that learns; trainable ones have requires_grad
    virtual Batch next() = 0;
    /// Called from several threads at once, with parts of one batch.
    virtual LossReport loss(const Batch& batch) = 0;
    /// On held-out data, no gradients: "eval/loss", "eval/perplexity", "eval/kl", ... Empty if there is no held-out
    /// data.
    virtual std::vector<std::pair<std::string, double>> evaluate() = 0;
    virtual void save(StateArchive& archive) const = 0;
    virtual void load(const StateArchive& archive) = 0;
};

}  // namespace molt
