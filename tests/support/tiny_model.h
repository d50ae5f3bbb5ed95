// Tiny random models of every kind, made in memory. For tests only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <cstdint>
#include <vector>

#include "core/model/convert.h"
#include "core/model/hybrid_model.h"
#include "core/model/new_weights.h"
#include "core/model/tensor_list.h"

namespace molt {

/// Largest absolute difference; infinite if a NaN is among the differences.
inline double max_difference(const at::Tensor& a, const at::Tensor& b) {
    const at::Tensor difference = (a.to(at::kDouble) - b.to(at::kDouble)).abs();
    return difference.numel() == 0 ? 0.0 : difference.nan_to_num(1e300).max().item<double>();
}

/// Four layers, hidden 32, 4 heads of 8, 2 key/value heads, vocabulary 64.
inline ModelConfig tiny_config(std::vector<MixerKind> mixers) {
    ModelConfig config;
    config.vocab_size = 64;
    config.hidden_size = 32;
    config.intermediate_size = 48;
    config.max_position = 512;
    config.attention.num_heads = 4;
    config.attention.num_kv_heads = 2;
    config.attention.head_dim = 16;
    config.mixers = std::move(mixers);
    config.derive_mamba_sizes();
    return config;
}

/// A Transformer with random weights large enough that every part matters.
inline ParamSet tiny_teacher(const ModelConfig& config, std::uint64_t seed, at::ScalarType dtype) {
    ModelConfig teacher = config;
    teacher.mixers.assign(config.mixers.size(), MixerKind::Attention);
    const at::Generator generator = at::detail::createCPUGenerator(seed);
    ParamSet params;
    for (const auto& [name, shape] : expected_tensors(teacher)) {
        const bool norm = name.find("norm.weight") != std::string::npos;
        const at::Tensor noise = at::randn(shape, generator, at::TensorOptions().dtype(at::kDouble));
        params.add(name, (norm ? 1.0 + 0.1 * noise : 0.25 * noise).to(dtype));
    }
    return params;
}

/// A model with the given plan, its Mamba layers copied from tiny_teacher().
inline HybridModel tiny_model(const std::vector<MixerKind>& mixers, std::uint64_t seed, at::ScalarType dtype) {
    ModelConfig teacher = tiny_config(std::vector<MixerKind>(mixers.size(), MixerKind::Attention));
    Converted made = convert(teacher, tiny_teacher(teacher, seed, dtype),
                             {.mixers = mixers, .init = "copy", .seed = seed, .repeat_kv_before_conv = {}});
    return HybridModel(made.config, made.params);
}

/// A pure Mamba or Mamba-2 configuration: hidden 32, d_inner 64, vocabulary 64; Mamba-2: 4 heads of 16, 2 groups.
inline ModelConfig tiny_pure_config(MixerKind kind, std::size_t layers) {
    ModelConfig config;
    config.architecture = kind == MixerKind::Mamba1 ? "mamba" : "mamba2";
    config.vocab_size = 64;
    config.hidden_size = 32;
    config.tie_embeddings = true;
    config.mixers.assign(layers, kind);
    config.mamba1.d_inner = config.mamba2.d_inner = 64;
    config.mamba1.d_xb = config.mamba1.d_state;
    config.mamba1.dt_rank = 2;
    config.mamba2.num_heads = 4;
    config.mamba2.head_dim = 16;
    config.mamba2.d_state = 8;
    config.mamba2.num_groups = 2;
    config.mamba2.d_xb = 16;
    config.validate();
    return config;
}

inline HybridModel tiny_pure_model(MixerKind kind, std::size_t layers, std::uint64_t seed, at::ScalarType dtype) {
    const ModelConfig config = tiny_pure_config(kind, layers);
    const at::Generator generator = at::detail::createCPUGenerator(seed);
    ParamSet params;
    for (const auto& [name, shape] : expected_tensors(config)) {
        const bool mixer = name.find(".mixer.") != std::string::npos;
        const at::Tensor noise = at::randn(shape, generator, at::TensorOptions().dtype(at::kDouble));
        params.add(name, (mixer ? draw_mixer_tensor(config, name, shape, seed).to(at::kDouble) + 0.05 * noise
                                : 0.5 + 0.3 * noise)
                             .to(dtype));
    }
    return HybridModel(config, params);
}

inline at::Tensor random_ids(std::int64_t batch, std::int64_t tokens, std::int64_t vocabulary, std::uint64_t seed) {
    const at::Generator generator = at::detail::createCPUGenerator(seed);
    return at::randint(0, vocabulary, {batch, tokens}, generator, at::TensorOptions().dtype(at::kLong));
}

}  // namespace molt
