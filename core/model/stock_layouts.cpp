// Re-writing a Mamba-2 hybrid: repeated rows for grouped x and B, zero branches or zero heads where a class wants them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/stock_layouts.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/model/hf_config.h"

namespace molt {

namespace {

/// The eps of the official gated norm; the stock classes use one eps for every norm.
constexpr double kGatedNormEps = 1e-5;

at::TensorOptions plain_options(const at::Tensor& like) { return like.options().requires_grad(std::nullopt); }

[[noreturn]] void refuse(const std::string& reason) {
    fail(ErrorCode::Mismatch, join("The stock class cannot express this model: ", reason, "."),
         "Export with --layout hf or mamba-in-llama, which keep everything.");
}

void check_window(const ModelConfig& config, std::int64_t max_context) {
    const std::int64_t window = config.attention.sliding_window;
    const std::int64_t context = max_context > 0 ? max_context : config.max_position;
    if (window == 0 || context <= window) return;
    fail(ErrorCode::Mismatch,
         join("The stock class cannot express this model: its attention slides over a window of ", window,
              " tokens, and its context has ", context, "."),
         join("Add --max-context ", window, " (exact for sequences up to the window), or export with --layout hf."));
}

void check_expressible(const ModelConfig& config, std::int64_t max_context) {
    if (!config.is_hybrid()) refuse("it has no Mamba layer of the official hybrids; use --layout hf");
    for (const MixerKind kind : config.mixers) {
        if (kind == MixerKind::Mamba1) refuse("no stock class holds the Mamba-1 layers of the official hybrids");
    }
    if (config.attention.qk_norm) refuse("it normalises queries and keys in its attention layers");
    check_window(config, max_context);
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

/// [x, B, C] (rows or channels) with one group per query head, each part padded to `inner`.
at::Tensor expanded(const at::Tensor& xbc, const Mamba2Config& c, std::int64_t inner, bool repeat) {
    const std::int64_t width = repeat ? c.d_xb : c.d_inner;
    const at::Tensor x = xbc.narrow(0, 0, width), B = xbc.narrow(0, width, width);
    return at::cat({padded(repeat ? per_query_head(x, c) : x, inner), padded(repeat ? per_query_head(B, c) : B, inner),
                    padded(xbc.narrow(0, 2 * width, c.d_inner), inner)},
                   0);
}

/// The tensors of one Mamba layer with one group per head, padded to `heads` heads.
void add_mamba(const Mamba2Config& c, const ParamSet& params, const std::string& prefix, std::int64_t heads,
               LazyTensors* out) {
    const std::int64_t inner = heads * c.head_dim;
    const auto add = [&](const std::string& name, const std::function<at::Tensor(const at::Tensor&)>& formula) {
        out->emplace(prefix + name, LazyTensor({params.at(prefix + name)},
                                               [formula](const auto& sources) { return formula(sources.front()); }));
    };
    add("in_proj.weight", [c, inner, heads](const at::Tensor& in) {
        const at::Tensor xbc = in.narrow(0, c.d_inner, 2 * c.d_xb + c.d_inner);
        return at::cat({padded(in.narrow(0, 0, c.d_inner), inner), expanded(xbc, c, inner, true),
                        padded(in.narrow(0, in.size(0) - c.num_heads, c.num_heads), heads)},
                       0);
    });
    for (const char* name : {"conv1d.weight", "conv1d.bias"}) {
        if (!params.contains(prefix + name)) continue;
        add(name, [c, inner](const at::Tensor& conv) { return expanded(conv, c, inner, !c.repeat_kv_before_conv); });
    }
    for (const char* name : {"dt_bias", "A_log", "D"})
        add(name, [heads](const at::Tensor& value) { return padded(value, heads); });
    add("norm.weight", [inner](const at::Tensor& value) { return padded(value, inner); });
    add("out_proj.weight", [inner](const at::Tensor& value) { return padded(value, inner, 1); });
}

/// One element that looks like a whole tensor.
LazyTensor constant(double value, const std::vector<std::int64_t>& shape, const at::TensorOptions& options) {
    return LazyTensor(at::full({}, value, options).expand(shape));
}

/// A Mamba branch whose output is zero.
void add_absent_mamba(const ModelConfig& config, const std::string& prefix, const at::TensorOptions& options,
                      LazyTensors* out) {
    const Mamba2Config& c = config.mamba2;
    const auto zeros = [&](const char* name, const std::vector<std::int64_t>& shape) {
        out->emplace(prefix + name, constant(0, shape, options));
    };
    zeros("in_proj.weight", {4 * c.d_inner + c.num_heads, config.hidden_size});
    zeros("conv1d.weight", {3 * c.d_inner, 1, c.d_conv});
    if (c.conv_bias) zeros("conv1d.bias", {3 * c.d_inner});
    for (const char* name : {"dt_bias", "A_log", "D"}) zeros(name, {c.num_heads});
    out->emplace(prefix + "norm.weight", constant(1, {c.d_inner}, options));
    zeros("out_proj.weight", {config.hidden_size, c.d_inner});
}

void add_absent_attention(const ModelConfig& config, const std::string& prefix, const at::TensorOptions& options,
                          LazyTensors* out) {
    const AttentionConfig& c = config.attention;
    const std::int64_t q = c.num_heads * c.head_dim, kv = c.num_kv_heads * c.head_dim, hidden = config.hidden_size;
    const auto zeros = [&](const char* name, const std::vector<std::int64_t>& shape) {
        out->emplace(prefix + name, constant(0, shape, options));
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
void add_all(const ParamSet& params, const std::string& from, const std::string& to, LazyTensors* out) {
    for (const auto& [name, tensor] : params.all()) {
        if (name.starts_with(from)) out->emplace(to + name.substr(from.size()), LazyTensor(tensor));
    }
}

void add_attention(const ModelConfig& config, const ParamSet& params, const std::string& prefix, LazyTensors* out) {
    add_all(params, prefix, prefix, out);
    // attention_bias of the stock classes covers the output projection as well.
    if (config.attention.qkv_bias && !config.attention.out_bias) {
        out->emplace(prefix + "o_proj.bias",
                     constant(0, {config.hidden_size}, plain_options(params.at(prefix + "o_proj.weight"))));
    }
}

/// What the residual stream is multiplied with, so that RMSNorm(s h; 1e-5) = RMSNorm(h; eps).
double residual_scale(const ModelConfig& config) { return std::sqrt(kGatedNormEps / config.norm_eps); }

/// Keys that both classes share.
json common_config(const ModelConfig& config, const char* model_type, const char* architecture,
                   std::int64_t max_context) {
    json out = write_hf_config(config);
    out["model_type"] = model_type;
    out["architectures"] = {architecture};
    out["rms_norm_eps"] = kGatedNormEps;
    if (max_context > 0) out["max_position_embeddings"] = max_context;
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

void add_ends(const ModelConfig& config, const ParamSet& params, const char* final_norm, LazyTensors* out) {
    out->emplace("model.embed_tokens.weight", LazyTensor(params.at("model.embed_tokens.weight")));
    out->emplace(final_norm, LazyTensor(params.at("model.norm.weight")));
    if (!config.tie_embeddings) out->emplace("lm_head.weight", LazyTensor(params.at("lm_head.weight")));
}

}  // namespace

StockModel to_falcon_h1(const ModelConfig& config, const ParamSet& params, std::int64_t max_context) {
    check_expressible(config, max_context);
    const double s = residual_scale(config);
    const Mamba2Config& c = config.mamba2;
    StockModel out{common_config(config, "falcon_h1", "FalconH1ForCausalLM", max_context), {}, "4.57.1", {}};
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
    add_ends(config, params, "model.final_layernorm.weight", &out.tensors);
    const at::TensorOptions options = plain_options(params.at("model.embed_tokens.weight"));
    for (std::size_t i = 0; i < config.mixers.size(); ++i) {
        const std::string layer = join("model.layers.", i, ".");
        add_all(params, layer + "input_layernorm.", layer + "input_layernorm.", &out.tensors);
        add_all(params, layer + "post_attention_layernorm.", layer + "pre_ff_layernorm.", &out.tensors);
        add_all(params, layer + "mlp.", layer + "feed_forward.", &out.tensors);
        if (config.mixers[i] == MixerKind::Attention) {
            add_attention(config, params, layer + "self_attn.", &out.tensors);
            add_absent_mamba(config, layer + "mamba.", options, &out.tensors);
        } else {
            add_mamba(c, params, layer + "mamba.", c.num_heads, &out.tensors);
            add_absent_attention(config, layer + "self_attn.", options, &out.tensors);
        }
    }
    return out;
}

StockModel to_granite_hybrid(const ModelConfig& config, const ParamSet& params, std::int64_t max_context) {
    check_expressible(config, max_context);
    const double s = residual_scale(config);
    const Mamba2Config& c = config.mamba2;
    // The inner width of this class is a whole multiple of the hidden size; heads of zeros fill it up.
    std::int64_t expand = (c.d_inner + config.hidden_size - 1) / config.hidden_size;
    while (expand * config.hidden_size % c.head_dim != 0) ++expand;
    const std::int64_t heads = expand * config.hidden_size / c.head_dim;
    StockModel out{common_config(config, "granitemoehybrid", "GraniteMoeHybridForCausalLM", max_context),
                   {},
                   "5.23.0",
                   "Up to 5.22.2 this class normalises over all channels at once and gives other logits."};
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
    // Its cached generation fails if no layer is attention.
    const bool has_attention = std::count(config.mixers.begin(), config.mixers.end(), MixerKind::Attention) > 0;
    out.config["use_cache"] = has_attention;
    if (!has_attention) out.note += " No layer is attention: generate with use_cache=False.";
    add_ends(config, params, "model.norm.weight", &out.tensors);
    for (std::size_t i = 0; i < config.mixers.size(); ++i) {
        const std::string layer = join("model.layers.", i, ".");
        for (const char* name : {"input_layernorm.", "post_attention_layernorm."})
            add_all(params, layer + name, layer + name, &out.tensors);
        out.tensors.emplace(
            layer + "shared_mlp.input_linear.weight",
            LazyTensor({params.at(layer + "mlp.gate_proj.weight"), params.at(layer + "mlp.up_proj.weight")},
                       [](const std::vector<at::Tensor>& rows) { return at::cat(rows, 0); }));
        add_all(params, layer + "mlp.down_proj.", layer + "shared_mlp.output_linear.", &out.tensors);
        if (config.mixers[i] == MixerKind::Attention) {
            add_attention(config, params, layer + "self_attn.", &out.tensors);
        } else {
            add_mamba(c, params, layer + "mamba.", heads, &out.tensors);
        }
    }
    return out;
}

}  // namespace molt
