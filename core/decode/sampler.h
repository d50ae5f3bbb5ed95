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
    std::vector<double> probabilities(std::span<const float> logits, std::span<const TokenId> recent) const;
    /// temperature 0: the smallest id with the largest logit. Otherwise inverse cumulative sum of a uniform draw.
    TokenId sample(std::span<const float> logits, std::span<const TokenId> recent);
    double uniform();  ///< in [0, 1), from the sampler's own generator

private:
    SamplingParams params_;
    std::mt19937_64 generator_;
};

}  // namespace molt
