// Names and shapes of the training layout, and the comparison of a file with them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/tensor_list.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/model/weight.h"

namespace molt {

namespace {

void add_attention(const ModelConfig& config, const std::string& prefix, TensorShapes* out) {
    const AttentionConfig& c = config.attention;
    const std::int64_t q = c.num_heads * c.head_dim, kv = c.num_kv_heads * c.head_dim, hidden = config.hidden_size;
    (*out)[prefix + "q_proj.weight"] = {q, hidden};
    (*out)[prefix + "k_proj.weight"] = {kv, hidden};
    (*out)[prefix + "v_proj.weight"] = {kv, hidden};
    (*out)[prefix + "o_proj.weight"] = {hidden, q};
    if (c.qkv_bias) {
        (*out)[prefix + "q_proj.bias"] = {q};
        (*out)[prefix + "k_proj.bias"] = {kv};
        (*out)[prefix + "v_proj.bias"] = {kv};
    }
    if (c.out_bias) (*out)[prefix + "o_proj.bias"] = {hidden};
    if (c.qk_norm) {
        (*out)[prefix + "q_norm.weight"] = {c.head_dim};
        (*out)[prefix + "k_norm.weight"] = {c.head_dim};
    }
}

void add_mamba1(const ModelConfig& config, const std::string& prefix, TensorShapes* out) {
    const Mamba1Config& c = config.mamba1;
    const std::int64_t hidden = config.hidden_size, channels = c.repeat_kv_before_conv ? c.d_inner : c.d_xb;
    (*out)[prefix + "in_proj_x.weight"] = {c.d_xb, hidden};
    (*out)[prefix + "in_proj_z.weight"] = {c.d_inner, hidden};
    (*out)[prefix + "B_proj.weight"] = {c.d_xb, hidden};
    (*out)[prefix + "C_proj.weight"] = {c.d_inner, hidden};
    (*out)[prefix + "dt_proj_down.weight"] = {c.dt_rank, hidden};
    (*out)[prefix + "dt_proj.weight"] = {c.d_inner, c.dt_rank};
    (*out)[prefix + "dt_proj.bias"] = {c.d_inner};
    (*out)[prefix + "conv1d.weight"] = {channels, 1, c.d_conv};
    if (c.conv_bias) (*out)[prefix + "conv1d.bias"] = {channels};
    (*out)[prefix + "A_log"] = {c.d_inner, c.d_state};
    (*out)[prefix + "D"] = {c.d_inner};
    (*out)[prefix + "out_proj.weight"] = {hidden, c.d_inner};
}

void add_stock_mamba1(const ModelConfig& config, const std::string& prefix, TensorShapes* out) {
    const Mamba1Config& c = config.mamba1;
    (*out)[prefix + "in_proj.weight"] = {2 * c.d_inner, config.hidden_size};
    (*out)[prefix + "conv1d.weight"] = {c.d_inner, 1, c.d_conv};
    if (c.conv_bias) (*out)[prefix + "conv1d.bias"] = {c.d_inner};
    (*out)[prefix + "x_proj.weight"] = {c.dt_rank + 2 * c.d_state, c.d_inner};
    (*out)[prefix + "dt_proj.weight"] = {c.d_inner, c.dt_rank};
    (*out)[prefix + "dt_proj.bias"] = {c.d_inner};
    (*out)[prefix + "A_log"] = {c.d_inner, c.d_state};
    (*out)[prefix + "D"] = {c.d_inner};
    (*out)[prefix + "out_proj.weight"] = {config.hidden_size, c.d_inner};
}

void add_mamba2(const ModelConfig& config, const std::string& prefix, TensorShapes* out) {
    const Mamba2Config& c = config.mamba2;
    const std::int64_t channels = c.convolved().total();
    (*out)[prefix + "in_proj.weight"] = {c.d_inner + c.projected().total() + c.num_heads, config.hidden_size};
    (*out)[prefix + "conv1d.weight"] = {channels, 1, c.d_conv};
    if (c.conv_bias) (*out)[prefix + "conv1d.bias"] = {channels};
    (*out)[prefix + "dt_bias"] = {c.num_heads};
    (*out)[prefix + "A_log"] = {c.num_heads};
    (*out)[prefix + "D"] = {c.num_heads};
    (*out)[prefix + "norm.weight"] = {c.d_inner};
    (*out)[prefix + "out_proj.weight"] = {config.hidden_size, c.d_inner};
}

void add_mlp(const ModelConfig& config, const std::string& prefix, TensorShapes* out) {
    const std::int64_t hidden = config.hidden_size, inner = config.intermediate_size;
    (*out)[prefix + "post_attention_layernorm.weight"] = {hidden};
    (*out)[prefix + "mlp.gate_proj.weight"] = {inner, hidden};
    (*out)[prefix + "mlp.up_proj.weight"] = {inner, hidden};
    (*out)[prefix + "mlp.down_proj.weight"] = {hidden, inner};
}

}  // namespace

const TensorNames& tensor_names(const ModelConfig& config) {
    static const TensorNames decoder{"model.embed_tokens.weight", "model.norm.weight", "model.layers.",
                                     "input_layernorm.weight"};
    static const TensorNames pure{"backbone.embeddings.weight", "backbone.norm_f.weight", "backbone.layers.",
                                  "norm.weight"};
    return config.is_pure() ? pure : decoder;
}

std::string layer_prefix(const ModelConfig& config, std::int64_t layer) {
    return join(tensor_names(config).layers, layer, ".");
}

TensorShapes expected_mixer_tensors(const ModelConfig& config, std::int64_t layer, MixerKind kind) {
    TensorShapes shapes;
    const std::string prefix = layer_prefix(config, layer);
    if (config.is_pure()) {
        (kind == MixerKind::Mamba1 ? add_stock_mamba1 : add_mamba2)(config, prefix + "mixer.", &shapes);
        return shapes;
    }
    switch (kind) {
        case MixerKind::Attention:
            add_attention(config, prefix + "self_attn.", &shapes);
            break;
        case MixerKind::Mamba1:
            add_mamba1(config, prefix + "mamba.", &shapes);
            break;
        case MixerKind::Mamba2:
            add_mamba2(config, prefix + "mamba.", &shapes);
            break;
    }
    return shapes;
}

TensorShapes expected_tensors(const ModelConfig& config) {
    const std::int64_t hidden = config.hidden_size;
    const TensorNames& names = tensor_names(config);
    TensorShapes shapes;
    shapes[names.embedding] = {config.vocab_size, hidden};
    shapes[names.final_norm] = {hidden};
    if (!config.tie_embeddings) shapes["lm_head.weight"] = {config.vocab_size, hidden};
    for (std::size_t i = 0; i < config.mixers.size(); ++i) {
        const auto layer = static_cast<std::int64_t>(i);
        shapes[layer_prefix(config, layer) + names.mixer_norm] = {hidden};
        if (!config.is_pure()) add_mlp(config, layer_prefix(config, layer), &shapes);
        shapes.merge(expected_mixer_tensors(config, layer, config.mixers[i]));
    }
    return shapes;
}

void check_tensors(const ModelConfig& config, const ParamSet& params,
                   const std::function<std::string(const std::string& tensor)>& origin_of) {
    const TensorShapes expected = expected_tensors(config);
    for (const auto& [name, shape] : expected) {
        if (!params.contains(name)) {
            fail(ErrorCode::BadFile,
                 join(origin_of(name), ": the tensor ", name, " ", shape_text(shape), " is missing."),
                 "The weights are incomplete or belong to another config.json.");
        }
        const at::Tensor& found = params.at(name);
        if (found.sizes() != at::IntArrayRef(shape)) {
            fail(ErrorCode::BadFile,
                 join(origin_of(name), ": the tensor ", name, " has the shape ", shape_text(found.sizes()),
                      ", expected ", shape_text(shape), "."),
                 "The weights belong to another config.json.");
        }
    }
    for (const auto& [name, tensor] : params.all()) {
        if (!expected.contains(name)) {
            fail(ErrorCode::BadFile,
                 join(origin_of(name), ": the tensor ", name, " ", shape_text(tensor.sizes()),
                      " has no place in this model."),
                 "The weights belong to another config.json.");
        }
    }
}

void check_tensors(const ModelConfig& config, const ParamSet& params, const std::string& origin) {
    check_tensors(config, params, [&](const std::string&) { return origin; });
}

}  // namespace molt
