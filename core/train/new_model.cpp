// Names, shapes and laws of the weights of a new decoder.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/new_model.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/normal.h>
#include <ATen/ops/ones.h>

#include <cmath>
#include <string>

#include "core/base/error.h"

namespace molt {

ModelConfig new_model_config(const ShapeConfig& shape, const Tokenizer& tokenizer) {
    if (shape.hidden_size <= 0) {
        fail(ErrorCode::BadConfig, "There is neither a teacher nor a student, and model.hidden_size is 0.",
             "Set teacher, student.from, or the sizes of a new model under \"model\".");
    }
    ModelConfig config;
    config.vocab_size = tokenizer.vocab_size();
    config.hidden_size = shape.hidden_size;
    const std::int64_t mlp = (shape.hidden_size * 8 / 3 + 15) / 16 * 16;
    config.intermediate_size = shape.intermediate_size > 0 ? shape.intermediate_size : mlp;
    config.max_position = shape.max_position;
    config.tie_embeddings = shape.tie_embeddings;
    if (tokenizer.begin_token()) config.bos_token = *tokenizer.begin_token();
    if (tokenizer.end_token()) config.eos_tokens = {*tokenizer.end_token()};
    config.attention.num_heads = shape.num_heads;
    config.attention.num_kv_heads = shape.num_kv_heads > 0 ? shape.num_kv_heads : shape.num_heads;
    config.attention.head_dim = shape.head_dim > 0 ? shape.head_dim : shape.hidden_size / shape.num_heads;
    config.attention.rope.theta = shape.rope_theta;
    config.mixers.assign(static_cast<std::size_t>(shape.num_layers), MixerKind::Attention);
    config.validate();
    return config;
}

ParamSet draw_parameters(const ModelConfig& config, std::uint64_t seed) {
    constexpr double deviation = 0.02;
    const double residual_deviation = deviation / std::sqrt(2.0 * static_cast<double>(config.num_layers()));
    const at::Generator generator = at::detail::createCPUGenerator(seed);
    ParamSet params;
    const auto matrix = [&](const std::string& name, std::int64_t rows, std::int64_t columns, double std) {
        params.add(name, at::normal(0.0, std, {rows, columns}, generator));
    };
    const auto norm = [&](const std::string& name) { params.add(name, at::ones({config.hidden_size})); };
    const std::int64_t hidden = config.hidden_size, mlp = config.intermediate_size;
    const std::int64_t queries = config.attention.num_heads * config.attention.head_dim;
    const std::int64_t keys = config.attention.num_kv_heads * config.attention.head_dim;

    matrix("model.embed_tokens.weight", config.vocab_size, hidden, deviation);
    for (std::int64_t layer = 0; layer < config.num_layers(); ++layer) {
        const std::string prefix = "model.layers." + std::to_string(layer) + ".";
        norm(prefix + "input_layernorm.weight");
        matrix(prefix + "self_attn.q_proj.weight", queries, hidden, deviation);
        matrix(prefix + "self_attn.k_proj.weight", keys, hidden, deviation);
        matrix(prefix + "self_attn.v_proj.weight", keys, hidden, deviation);
        matrix(prefix + "self_attn.o_proj.weight", hidden, queries, residual_deviation);
        norm(prefix + "post_attention_layernorm.weight");
        matrix(prefix + "mlp.gate_proj.weight", mlp, hidden, deviation);
        matrix(prefix + "mlp.up_proj.weight", mlp, hidden, deviation);
        matrix(prefix + "mlp.down_proj.weight", hidden, mlp, residual_deviation);
    }
    norm("model.norm.weight");
    if (!config.tie_embeddings) matrix("lm_head.weight", config.vocab_size, hidden, deviation);
    return params;
}

}  // namespace molt
