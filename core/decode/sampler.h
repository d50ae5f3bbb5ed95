// Logits -> token: repetition penalty, temperature, top-k, top-p, min-p in this order, seeded. float64 inside.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "core/spec/chat.h"
#include "core/text/tokenizer.h"

namespace molt {

class Sampler {
public:
    explicit Sampler(const SamplingParams& params);
    /// Probabilities after all filters (sum 1). `recent` are the tokens so far, for the repetition penalty.
    /// top-k keeps ties with the k-th logit; top-p keeps the smallest set whose mass reaches top_p, at least one token.
    std::vector<double> probabilities(std::span<const float> logits, std::span<const TokenId> recent) const;
    std::vector<double> probabilities(std::span<const double> logits, std::span<const TokenId> recent) const;
    /// temperature 0: the smallest id with the largest logit. Otherwise inverse cumulative sum of a uniform draw.
    TokenId sample(std::span<const float> logits, std::span<const TokenId> recent);
    double uniform();  ///< in [0, 1), from the sampler's own generator

private:
    SamplingParams params_;
    std::mt19937_64 generator_;
};

/// The smallest token whose cumulative probability exceeds u (the last possible one if rounding leaves u above the
/// sum).
TokenId draw(std::span<const double> probabilities, double u);

/// Natural logarithms of softmax(logits), float64: the model's own distribution, before any filter.
std::vector<double> log_probabilities(std::span<const float> logits);

}  // namespace molt
