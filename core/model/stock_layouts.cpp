// Re-writing a Mamba-2 hybrid: repeated rows for grouped x and B, zero branches or zero heads where a class wants them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/stock_layouts.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/model/hf_config.h"

namespace molt {

namespace {

/// The eps of the official gated norm; the stock classes use one eps for every norm.
constexpr double kGatedNormEps = 1e-5;

[[noreturn]] void refuse(const std::string& reason) {
    fail(ErrorCode::Mismatch, join("The stock class cannot express this model: ", reason, "."),
         "Export with --layout mamba-in-llama, which keeps everything.");
}

void check_expressible(const ModelConfig& config) {
    if (!config.is_hybrid()) refuse("it has no Mamba layer; use --layout hf");
    for (const MixerKind kind : config.mixers) {
        if (kind == MixerKind::Mamba1) refuse("no stock class holds the Mamba-1 layers of the official hybrids");
    }
    if (config.attention.qk_norm) refuse("it normalises queries and keys in its attention layers");
    if (config.attention.sliding_window > 0) {
        refuse(join("its attention slides over a window of ", config.attention.sliding_window, " tokens"));
    }
}

/// Zero rows up to `rows`.
at::Tensor padded(const at::Tensor& value, std::int64_t rows, std::int64_t dim = 0) {
    if (value.size(dim) == rows) return value;
    std::vector<std::int64_t> shape = value.sizes().vec();
    shape[static_cast<std::size_t>(dim)] = rows - value.size(dim);
    return at::cat({value, at::zeros(shape, value.options())}, dim);
}

/// Rows of x or B, every head of `head_dim` rows written once per query head.
at::Tensor per_query_head(const at::Tensor& rows, const Mamba2Config& c) {
    return rows.unflatten(0, {-1, c.head_dim}).repeat_interleave(c.d_inner / c.d_xb, 0).flatten(0, 1);
}

/// The tensors of one Mamba layer with one group per head, padded to `heads` heads.
void add_mamba(const Mamba2Config& c, const ParamSet& params, const std::string& prefix, std::int64_t heads,
               ParamSet* out) {
    const std::int64_t inner = heads * c.head_dim;
    const auto get = [&](const char* name) { return params.at(prefix + name); };
    const auto expand = [&](const at::Tensor& xbc, bool repeat) {
        const std::int64_t width = repeat ? c.d_xb : c.d_inner;
        const at::Tensor x = xbc.narrow(0, 0, width), B = xbc.narrow(0, width, width);
        return at::cat(
            {padded(repeat ? per_query_head(x, c) : x, inner), padded(repeat ? per_query_head(B, c) : B, inner),
             padded(xbc.narrow(0, 2 * width, c.d_inner), inner)},
            0);
    };
    const at::Tensor in = get("in_proj.weight");
    const at::Tensor xbc = in.narrow(0, c.d_inner, 2 * c.d_xb + c.d_inner);
    out->add(prefix + "in_proj.weight", at::cat({padded(in.narrow(0, 0, c.d_inner), inner), expand(xbc, true),
                                                 padded(in.narrow(0, in.size(0) - c.num_heads, c.num_heads), heads)},
                                                0));
    for (const char* name : {"conv1d.weight", "conv1d.bias"}) {
        if (params.contains(prefix + name)) out->add(prefix + name, expand(get(name), !c.repeat_kv_before_conv));
    }
    for (const char* name : {"dt_bias", "A_log", "D"}) out->add(prefix + name, padded(get(name), heads));
    out->add(prefix + "norm.weight", padded(get("norm.weight"), inner));
    out->add(prefix + "out_proj.weight", padded(get("out_proj.weight"), inner, 1));
}

/// A Mamba branch whose output is zero.
void add_absent_mamba(const ModelConfig& config, const std::string& prefix, const at::TensorOptions& options,
                      ParamSet* out) {
    const Mamba2Config& c = config.mamba2;
    const auto zeros = [&](const char* name, std::vector<std::int64_t> shape) {
        out->add(prefix + name, at::zeros(shape, options));
    };
    zeros("in_proj.weight", {4 * c.d_inner + c.num_heads, config.hidden_size});
    zeros("conv1d.weight", {3 * c.d_inner, 1, c.d_conv});
    if (c.conv_bias) zeros("conv1d.bias", {3 * c.d_inner});
    for (const char* name : {"dt_bias", "A_log", "D"}) zeros(name, {c.num_heads});
    out->add(prefix + "norm.weight", at::ones({c.d_inner}, options));
    zeros("out_proj.weight", {config.hidden_size, c.d_inner});
}

void add_absent_attention(const ModelConfig& config, const std::string& prefix, const at::TensorOptions& options,
                          ParamSet* out) {
    const AttentionConfig& c = config.attention;
    const std::int64_t q = c.num_heads * c.head_dim, kv = c.num_kv_heads * c.head_dim, hidden = config.hidden_size;
    const auto zeros = [&](const char* name, std::vector<std::int64_t> shape) {
        out->add(prefix + name, at::zeros(shape, options));
    };
    zeros("q_proj.weight", {q, hidden});
    zeros("k_proj.weight", {kv, hidden});
    zeros("v_proj.weight", {kv, hidden});
    zeros("o_proj.weight", {hidden, q});
    if (!c.qkv_bias) return;
    zeros("q_proj.bias", {q});
    zeros("k_proj.bias", {kv});
    zeros("v_proj.bias", {kv});
    zeros("o_proj.bias", {hidden});
}

/// Copies what stands under `from` to `to`, all of it.
void add_all(const ParamSet& params, const std::string& from, const std::string& to, ParamSet* out) {
    for (const auto& [name, tensor] : params.all()) {
        if (name.starts_with(from)) out->add(to + name.substr(from.size()), tensor);
    }
}

void add_attention(const ModelConfig& config, const ParamSet& params, const std::string& prefix, ParamSet* out) {
    add_all(params, prefix, prefix, out);
    // attention_bias of the stock classes covers the output projection as well.
    if (config.attention.qkv_bias && !config.attention.out_bias) {
        out->add(prefix + "o_proj.bias",
                 at::zeros({config.hidden_size}, params.at(prefix + "o_proj.weight").options()));
    }
}

/// What the residual stream is multiplied with, so that RMSNorm(s h; 1e-5) = RMSNorm(h; eps).
double residual_scale(const ModelConfig& config) { return std::sqrt(kGatedNormEps / config.norm_eps); }

/// Keys that both classes share.
json common_config(const ModelConfig& config, const char* model_type, const char* architecture) {
    json out = write_hf_config(config);
    out["model_type"] = model_type;
    out["architectures"] = {architecture};
    out["rms_norm_eps"] = kGatedNormEps;
    out["attention_bias"] = config.attention.qkv_bias;
    for (const char* key : {"sliding_window", "use_sliding_window", "max_window_layers"}) out.erase(key);
    out["mamba_d_head"] = config.mamba2.head_dim;
    out["mamba_d_state"] = config.mamba2.d_state;
    out["mamba_d_conv"] = config.mamba2.d_conv;
    out["mamba_chunk_size"] = 256;
    out["mamba_conv_bias"] = config.mamba2.conv_bias;
    out["mamba_proj_bias"] = false;
    return out;
}

void add_ends(const ModelConfig& config, const ParamSet& params, const char* final_norm, ParamSet* out) {
    out->add("model.embed_tokens.weight", params.at("model.embed_tokens.weight"));
    out->add(final_norm, params.at("model.norm.weight"));
    if (!config.tie_embeddings) out->add("lm_head.weight", params.at("lm_head.weight"));
}

}  // namespace

StockModel to_falcon_h1(const ModelConfig& config, const ParamSet& params) {
    const at::NoGradGuard no_grad;
    check_expressible(config);
    const double s = residual_scale(config);
    const Mamba2Config& c = config.mamba2;
    StockModel out{common_config(config, "falcon_h1", "FalconH1ForCausalLM"), {}, "4.57.1"};
    const json more = {{"mlp_bias", false},
                       {"projectors_bias", false},
                       {"embedding_multiplier", s},
                       {"attention_out_multiplier", s},
                       {"ssm_out_multiplier", s},
                       {"mlp_multipliers", {1.0, s}},
                       {"lm_head_multiplier", 1.0},
                       {"key_multiplier", 1.0},
                       {"attention_in_multiplier", 1.0},
                       {"ssm_in_multiplier", 1.0},
                       {"ssm_multipliers", {1.0, 1.0, 1.0, 1.0, 1.0}},
                       {"mamba_d_ssm", c.d_inner},
                       {"mamba_n_heads", c.num_heads},
                       {"mamba_n_groups", c.num_heads},
                       {"mamba_expand", 1},
                       {"mamba_rms_norm", true},
                       {"mamba_norm_before_gate", false},
                       {"mamba_use_mlp", true},
                       {"num_logits_to_keep", 1}};
    out.config.update(more);
    add_ends(config, params, "model.final_layernorm.weight", &out.params);
    const at::TensorOptions options = params.at("model.embed_tokens.weight").options().requires_grad(std::nullopt);
    for (std::size_t i = 0; i < config.mixers.size(); ++i) {
        const std::string layer = join("model.layers.", i, ".");
        out.params.add(layer + "input_layernorm.weight", params.at(layer + "input_layernorm.weight"));
        out.params.add(layer + "pre_ff_layernorm.weight", params.at(layer + "post_attention_layernorm.weight"));
        add_all(params, layer + "mlp.", layer + "feed_forward.", &out.params);
        if (config.mixers[i] == MixerKind::Attention) {
            add_attention(config, params, layer + "self_attn.", &out.params);
            add_absent_mamba(config, layer + "mamba.", options, &out.params);
        } else {
            add_mamba(c, params, layer + "mamba.", c.num_heads, &out.params);
            add_absent_attention(config, layer + "self_attn.", options, &out.params);
        }
    }
    return out;
}

StockModel to_granite_hybrid(const ModelConfig& config, const ParamSet& params) {
    const at::NoGradGuard no_grad;
    check_expressible(config);
    const double s = residual_scale(config);
    const Mamba2Config& c = config.mamba2;
    // The inner width of this class is a whole multiple of the hidden size; heads of zeros fill it up.
    std::int64_t expand = (c.d_inner + config.hidden_size - 1) / config.hidden_size;
    while (expand * config.hidden_size % c.head_dim != 0) ++expand;
    const std::int64_t heads = expand * config.hidden_size / c.head_dim;
    StockModel out{common_config(config, "granitemoehybrid", "GraniteMoeHybridForCausalLM"), {}, "5.23.0"};
    json types = json::array();
    for (const MixerKind kind : config.mixers) types.push_back(kind == MixerKind::Attention ? "attention" : "mamba");
    const json more = {{"shared_intermediate_size", config.intermediate_size},
                       {"embedding_multiplier", s},
                       {"residual_multiplier", s},
                       {"logits_scaling", 1.0},
                       {"attention_multiplier", 1.0 / std::sqrt(static_cast<double>(config.attention.head_dim))},
                       {"num_local_experts", 0},
                       {"num_experts_per_tok", 0},
                       {"position_embedding_type", "rope"},
                       {"layer_types", types},
                       {"mamba_n_heads", heads},
                       {"mamba_n_groups", heads},
                       {"mamba_expand", expand}};
    out.config.update(more);
    add_ends(config, params, "model.norm.weight", &out.params);
    for (std::size_t i = 0; i < config.mixers.size(); ++i) {
        const std::string layer = join("model.layers.", i, ".");
        for (const char* name : {"input_layernorm.weight", "post_attention_layernorm.weight"}) {
            out.params.add(layer + name, params.at(layer + name));
        }
        out.params.add(
            layer + "shared_mlp.input_linear.weight",
            at::cat({params.at(layer + "mlp.gate_proj.weight"), params.at(layer + "mlp.up_proj.weight")}, 0));
        out.params.add(layer + "shared_mlp.output_linear.weight", params.at(layer + "mlp.down_proj.weight"));
        if (config.mixers[i] == MixerKind::Attention) {
            add_attention(config, params, layer + "self_attn.", &out.params);
        } else {
            add_mamba(c, params, layer + "mamba.", heads, &out.params);
        }
    }
    return out;
}

}  // namespace molt
