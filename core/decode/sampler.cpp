// The filter chain of transformers, in its order, and the draw by inverse cumulative sum.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decode/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/error.h"

namespace molt {

namespace {

constexpr double kRemoved = -std::numeric_limits<double>::infinity();

void penalise(std::vector<double>& logits, std::span<const TokenId> recent, double penalty) {
    std::vector<bool> seen(logits.size(), false);
    for (const TokenId id : recent) {
        const auto index = static_cast<std::size_t>(id);
        if (index >= logits.size() || seen[index]) continue;
        seen[index] = true;
        logits[index] = logits[index] > 0 ? logits[index] / penalty : logits[index] * penalty;
    }
}

void keep_top_k(std::vector<double>& logits, std::size_t k) {
    if (k == 0 || k >= logits.size()) return;
    std::vector<double> sorted = logits;
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(k - 1), sorted.end(),
                     std::greater<>());
    const double threshold = sorted[k - 1];
    for (double& logit : logits) {
        if (logit < threshold) logit = kRemoved;
    }
}

std::vector<double> softmax(const std::vector<double>& logits) {
    const double largest = *std::max_element(logits.begin(), logits.end());
    std::vector<double> result(logits.size());
    double sum = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) sum += result[i] = std::exp(logits[i] - largest);
    for (double& p : result) p /= sum;
    return result;
}

void keep_top_p(std::vector<double>& logits, double top_p) {
    if (top_p >= 1.0) return;
    const std::vector<double> p = softmax(logits);
    std::vector<std::size_t> order(logits.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] > p[b]; });
    double mass = 0;
    for (const std::size_t index : order) {
        // The most likely token always stays, also with top_p = 0.
        if (mass > 0 && mass >= top_p) logits[index] = kRemoved;
        mass += p[index];
    }
}

void keep_min_p(std::vector<double>& logits, double min_p) {
    if (min_p <= 0.0) return;
    const double threshold = *std::max_element(logits.begin(), logits.end()) + std::log(min_p);
    for (double& logit : logits) {
        if (logit < threshold) logit = kRemoved;
    }
}

std::size_t largest_index(const std::vector<double>& logits) {
    return static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

}  // namespace

Sampler::Sampler(const SamplingParams& params) : params_(params), generator_(static_cast<std::uint64_t>(params.seed)) {}

std::vector<double> Sampler::probabilities(std::span<const double> logits, std::span<const TokenId> recent) const {
    MOLT_ASSERT(!logits.empty());
    std::vector<double> work(logits.begin(), logits.end());
    if (params_.repetition_penalty != 1.0) penalise(work, recent, params_.repetition_penalty);
    if (params_.temperature <= 0.0) {
        std::vector<double> result(work.size(), 0.0);
        result[largest_index(work)] = 1.0;
        return result;
    }
    for (double& logit : work) logit /= params_.temperature;
    keep_top_k(work, static_cast<std::size_t>(std::max<std::int64_t>(params_.top_k, 0)));
    keep_top_p(work, params_.top_p);
    keep_min_p(work, params_.min_p);
    return softmax(work);
}

std::vector<double> Sampler::probabilities(std::span<const float> logits, std::span<const TokenId> recent) const {
    const std::vector<double> wide(logits.begin(), logits.end());
    return probabilities(std::span<const double>(wide), recent);
}

TokenId Sampler::sample(std::span<const float> logits, std::span<const TokenId> recent) {
    if (params_.temperature <= 0.0 && params_.repetition_penalty == 1.0) {
        return std::max_element(logits.begin(), logits.end()) - logits.begin();
    }
    const std::vector<double> p = probabilities(logits, recent);
    return params_.temperature <= 0.0 ? static_cast<TokenId>(largest_index(p)) : draw(p, uniform());
}

double Sampler::uniform() {
    // The top 53 bits: the same number on every platform, unlike std::uniform_real_distribution.
    return static_cast<double>(generator_() >> 11) * 0x1.0p-53;
}

TokenId draw(std::span<const double> probabilities, double u) {
    double sum = 0;
    std::size_t last_possible = 0;
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
        if (probabilities[i] <= 0) continue;
        last_possible = i;
        sum += probabilities[i];
        if (sum > u) break;
    }
    return static_cast<TokenId>(last_possible);
}

std::vector<double> log_probabilities(std::span<const float> logits) {
    const double largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
    const double log_sum = largest + std::log(sum);
    std::vector<double> result(logits.begin(), logits.end());
    for (double& value : result) value -= log_sum;
    return result;
}

}  // namespace molt
