// AdamW over the trainable tensors of a model (ATen's fused step), and clipping by the global norm.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/train/stage.h"

namespace molt {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

struct AdamWOptions {
    double beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8, weight_decay = 0.0;
};

/// Whether weight decay applies: matrices only, and never a state matrix A_log (the official code marks it so).
bool is_decayed(std::string_view name, const at::Tensor& parameter);

/// m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2; p = p (1 - lr wd) - lr m / (1-b1^t) / (sqrt(v / (1-b2^t)) + eps).
/// Moments have the parameters' dtype. A parameter without a gradient is left alone.
/// Source: Loshchilov and Hutter 2019, algorithm 2, as torch.optim.AdamW.
class AdamW {
public:
    AdamW(NamedTensors parameters, const AdamWOptions& options);
    /// One step with the gradients that the parameters hold now.
    void step(double learning_rate);
    void clear_gradients();
    std::int64_t num_steps() const { return num_steps_; }

    void save(StateArchive& archive) const;
    /// Throws Error(Mismatch) if the archive belongs to other parameters.
    void load(const StateArchive& archive);

private:
    struct Slot {
        std::string name;
        at::Tensor parameter, mean, square;
        bool decayed;
    };
    void step_group(bool decayed, double learning_rate);

    std::vector<Slot> slots_;
    AdamWOptions options_;
    std::int64_t num_steps_ = 0;
};

/// Euclidean norm over all gradients before clipping; they are scaled by max_norm / (norm + 1e-6) if that is below 1
/// and max_norm is positive. Not finite if one gradient is not (nothing is scaled then). 0 without gradients.
double clip_gradients(const NamedTensors& parameters, double max_norm);

}  // namespace molt
