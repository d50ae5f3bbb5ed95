// One generator per tensor, seeded by seed and name; numbers are drawn here, not by LibTorch, so that they never
// change. SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/new_weights.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/base/error.h"

namespace molt {

namespace {

/// FNV-1a.
std::uint64_t hash(const std::string& text) {
    std::uint64_t value = 0xcbf29ce484222325U;
    for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return value;
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and any seed is a good one.
class Uniform {
public:
    explicit Uniform(std::uint64_t seed) : state_(seed) {}
    double operator()(double low, double high) {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        z ^= z >> 31;
        return low + (high - low) * static_cast<double>(z >> 11) * 0x1p-53;
    }

private:
    std::uint64_t state_;
};

at::Tensor fill(const std::vector<std::int64_t>& shape, const std::function<double(std::int64_t)>& value) {
    at::Tensor out = at::empty(shape, at::TensorOptions().dtype(at::kFloat));
    auto* data = out.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < out.numel(); ++i) data[i] = static_cast<float>(value(i));
    return out;
}

double inverse_softplus_step(Uniform* uniform) {
    constexpr double kMin = 1e-3, kMax = 0.1, kFloor = 1e-4;
    const double dt = std::max(std::exp((*uniform)(std::log(kMin), std::log(kMax))), kFloor);
    return dt + std::log(-std::expm1(-dt));
}

}  // namespace

at::Tensor draw_mixer_tensor(const ModelConfig& config, const std::string& name, const std::vector<std::int64_t>& shape,
                             std::uint64_t seed) {
    Uniform uniform(seed * 0x9e3779b97f4a7c15U ^ hash(name));
    const auto within = [&](double bound) { return fill(shape, [&](std::int64_t) { return uniform(-bound, bound); }); };
    if (name.ends_with(".D") || name.ends_with(".norm.weight")) return fill(shape, [](std::int64_t) { return 1.0; });
    if (name.ends_with(".dt_bias") || name.ends_with(".dt_proj.bias")) {
        return fill(shape, [&](std::int64_t) { return inverse_softplus_step(&uniform); });
    }
    if (name.ends_with(".A_log")) {
        if (shape.size() == 1) return fill(shape, [&](std::int64_t) { return std::log(uniform(1.0, 16.0)); });
        return fill(shape, [&](std::int64_t i) { return std::log(1.0 + static_cast<double>(i % shape[1])); });
    }
    // nn.Conv1d's default for weight and bias alike: the fan-in of a depthwise filter is its width.
    if (name.find(".conv1d.") != std::string::npos) {
        const bool is_mamba1 = config.mamba1.d_inner == shape[0];
        const std::int64_t width = shape.size() == 3 ? shape[2]
                                   : is_mamba1       ? config.mamba1.d_conv
                                                     : config.mamba2.d_conv;
        return within(1.0 / std::sqrt(static_cast<double>(width)));
    }
    MOLT_ASSERT(shape.size() == 2);
    return within(1.0 / std::sqrt(static_cast<double>(shape[1])));
}

}  // namespace molt
