// config.json <-> ModelConfig for models of Mamba layers only.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/pure_config.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

// Pure models have no largest context; the number only has to be out of the way.
constexpr std::int64_t kContext = std::int64_t{1} << 30;
constexpr std::int64_t kMostLayers = 16384;

[[noreturn]] void unsupported(const std::string& origin, const std::string& what) {
    fail(ErrorCode::BadFile, join(origin, ": ", what, " is not supported."),
         "Supported: Mamba and Mamba-2 as state-spaces/mamba and transformers build them by default.");
}

/// A size that can be multiplied with another without overflow.
std::int64_t size(const json& object, const char* key, std::int64_t fallback, const std::string& origin) {
    const auto value = get_or<std::int64_t>(object, key, fallback, origin);
    if (value < 1 || value > (std::int64_t{1} << 26))
        fail(ErrorCode::BadFile, join(origin, ": ", key, " is ", value, "."));
    return value;
}

void must_be(const json& object, const char* key, bool wanted, const std::string& origin) {
    if (get_or<bool>(object, key, wanted, origin) != wanted) unsupported(origin, join(key, " = ", !wanted));
}

void check_activation(const json& object, const char* key, const std::string& origin) {
    const std::string name = get_or<std::string>(object, key, "silu", origin);
    if (name != "silu" && name != "swish") unsupported(origin, join("the activation \"", name, "\""));
}

/// Steps may be clamped to [low, high]; only the limits that change nothing, 0 and infinity, are known here. Infinity
/// is null (a bare word in Python's JSON) or {"__float__": "Infinity"}.
void check_step_limit(const json& object, const char* key, const std::string& origin) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return;
    const auto unlimited = [](const json& high) {
        return high.is_null() || (high.is_object() && high.value("__float__", json()) == "Infinity");
    };
    const bool harmless = found->is_array() && found->size() == 2 && found->at(0).is_number() &&
                          found->at(0).get<double>() == 0.0 && unlimited(found->at(1));
    if (!harmless) unsupported(origin, join(key, " = ", found->dump()));
}

/// dt_rank: a number, or "auto" for a sixteenth of the width.
std::int64_t step_rank(const json& object, const char* key, std::int64_t hidden, const std::string& origin) {
    const auto found = object.find(key);
    const bool automatic = found == object.end() || found->is_null() || (found->is_string() && *found == "auto");
    return automatic ? (hidden + 15) / 16 : size(object, key, 0, origin);
}

void set_layers(std::int64_t layers, MixerKind kind, const std::string& origin, ModelConfig* config) {
    if (layers < 1 || layers > kMostLayers) fail(ErrorCode::BadFile, join(origin, ": ", layers, " layers."));
    config->mixers.assign(static_cast<std::size_t>(layers), kind);
}

/// What the two kinds of file call the same setting.
struct Keys {
    const char *state, *conv, *conv_bias, *rank, *head, *groups;
};
constexpr Keys kHfKeys{"state_size", "conv_kernel", "use_conv_bias", "time_step_rank", "head_dim", "n_groups"};
constexpr Keys kOriginalKeys{"d_state", "d_conv", "conv_bias", "dt_rank", "headdim", "ngroups"};

struct Source {
    const json& settings;
    const Keys& keys;
    const std::string& origin;
};

void read_mamba1(const Source& source, std::int64_t d_inner, ModelConfig* config) {
    const auto& [settings, keys, origin] = source;
    Mamba1Config& c = config->mamba1;
    c.d_inner = d_inner;
    c.d_state = c.d_xb = size(settings, keys.state, 16, origin);
    c.d_conv = size(settings, keys.conv, 4, origin);
    c.dt_rank = step_rank(settings, keys.rank, config->hidden_size, origin);
    c.conv_bias = get_or<bool>(settings, keys.conv_bias, true, origin);
}

void read_mamba2(const Source& source, std::int64_t d_inner, std::int64_t default_groups, ModelConfig* config) {
    const auto& [settings, keys, origin] = source;
    Mamba2Config& c = config->mamba2;
    c.d_inner = d_inner;
    c.d_state = size(settings, keys.state, 128, origin);
    c.d_conv = size(settings, keys.conv, 4, origin);
    c.head_dim = size(settings, keys.head, 64, origin);
    c.num_groups = size(settings, keys.groups, default_groups, origin);
    c.d_xb = c.num_groups * c.d_state;
    c.num_heads = d_inner / c.head_dim;
    c.conv_bias = get_or<bool>(settings, keys.conv_bias, true, origin);
}

/// Constructor arguments of the original layers that change nothing once the weights are there.
constexpr std::array<std::string_view, 20> kHarmless{"layer",
                                                     "d_state",
                                                     "d_conv",
                                                     "expand",
                                                     "dt_rank",
                                                     "conv_bias",
                                                     "headdim",
                                                     "ngroups",
                                                     "dt_min",
                                                     "dt_max",
                                                     "dt_init",
                                                     "dt_scale",
                                                     "dt_init_floor",
                                                     "use_fast_path",
                                                     "use_mem_eff_path",
                                                     "chunk_size",
                                                     "conv_init",
                                                     "A_init_range",
                                                     "learnable_init_states",
                                                     "d_ssm"};

void check_arguments(const json& ssm, const std::string& origin) {
    for (const char* key : {"bias", "D_has_hdim", "norm_before_gate"}) must_be(ssm, key, false, origin);
    must_be(ssm, "rmsnorm", true, origin);
    must_be(ssm, "learnable_init_states", false, origin);
    check_activation(ssm, "activation", origin);
    check_step_limit(ssm, "dt_limit", origin);
    for (const auto& [key, value] : ssm.items()) {
        const bool checked = key == "bias" || key == "D_has_hdim" || key == "norm_before_gate" || key == "rmsnorm" ||
                             key == "activation" || key == "dt_limit";
        const bool harmless = std::find(kHarmless.begin(), kHarmless.end(), key) != kHarmless.end();
        if (!checked && !harmless) unsupported(origin, join("ssm_cfg.", key));
    }
    if (ssm.contains("d_ssm") && !ssm.at("d_ssm").is_null()) unsupported(origin, "ssm_cfg.d_ssm");
}

}  // namespace

bool is_pure_config(const json& config) {
    const auto type = config.find("model_type");
    return type != config.end() && (*type == "mamba" || *type == "mamba2");
}

bool is_state_spaces_config(const json& config) {
    return config.is_object() && !config.contains("model_type") && config.contains("d_model") &&
           config.contains("n_layer");
}

ModelConfig read_pure_config(const json& config, const std::string& origin) {
    ModelConfig out;
    out.architecture = get<std::string>(config, "model_type", origin);
    out.max_position = kContext;
    out.hidden_size = size(config, "hidden_size", 0, origin);
    out.norm_eps = get_or<double>(config, "layer_norm_epsilon", 1e-5, origin);
    const bool second = out.architecture == "mamba2";
    // transformers: MambaConfig inherits tied embeddings, Mamba2Config switches them off.
    out.tie_embeddings = get_or<bool>(config, "tie_word_embeddings", !second, origin);
    out.bos_token = second ? 1 : 0;
    out.eos_tokens = {second ? 2 : 0};
    must_be(config, "use_bias", false, origin);
    check_activation(config, "hidden_act", origin);
    check_step_limit(config, "time_step_limit", origin);
    const std::int64_t d_inner = size(config, "expand", 2, origin) * out.hidden_size;
    const Source source{config, kHfKeys, origin};
    set_layers(get<std::int64_t>(config, "num_hidden_layers", origin), second ? MixerKind::Mamba2 : MixerKind::Mamba1,
               origin, &out);
    if (!second) {
        read_mamba1(source, d_inner, &out);
        return out;
    }
    read_mamba2(source, d_inner, 8, &out);
    out.mamba2.num_heads = size(config, "num_heads", 128, origin);
    return out;
}

ModelConfig read_state_spaces_config(const json& config, const std::string& origin) {
    ModelConfig out;
    out.hidden_size = size(config, "d_model", 0, origin);
    out.max_position = kContext;
    out.norm_eps = 1e-5;
    out.tie_embeddings = get_or<bool>(config, "tie_embeddings", true, origin);
    out.bos_token = 0;
    out.eos_tokens = {0};
    must_be(config, "rms_norm", true, origin);
    if (get_or<std::int64_t>(config, "d_intermediate", 0, origin) != 0) unsupported(origin, "an MLP (d_intermediate)");
    const auto attention = config.find("attn_layer_idx");
    if (attention != config.end() && !attention->empty()) unsupported(origin, "an attention layer (attn_layer_idx)");
    const std::int64_t multiple = size(config, "pad_vocab_size_multiple", 8, origin);
    out.vocab_size = (size(config, "vocab_size", 0, origin) + multiple - 1) / multiple * multiple;
    const auto found = config.find("ssm_cfg");
    const json ssm = found == config.end() || found->is_null() ? json::object() : *found;
    if (!ssm.is_object()) fail(ErrorCode::BadFile, join(origin, ": ssm_cfg is no object."));
    check_arguments(ssm, origin);
    const std::string layer = get_or<std::string>(ssm, "layer", "Mamba1", origin);
    if (layer != "Mamba1" && layer != "Mamba2") unsupported(origin, join("the layer \"", layer, "\""));
    const bool second = layer == "Mamba2";
    out.architecture = second ? "mamba2" : "mamba";
    const std::int64_t d_inner = size(ssm, "expand", 2, origin) * out.hidden_size;
    set_layers(get<std::int64_t>(config, "n_layer", origin), second ? MixerKind::Mamba2 : MixerKind::Mamba1, origin,
               &out);
    const Source source{ssm, kOriginalKeys, origin};
    second ? read_mamba2(source, d_inner, 1, &out) : read_mamba1(source, d_inner, &out);
    out.validate();
    return out;
}

json write_pure_config(const ModelConfig& config) {
    const bool second = config.architecture == "mamba2";
    const std::int64_t d_inner = second ? config.mamba2.d_inner : config.mamba1.d_inner;
    MOLT_ASSERT(d_inner % config.hidden_size == 0);
    json out = {
        {"architectures", {second ? "Mamba2ForCausalLM" : "MambaForCausalLM"}},
        {"model_type", config.architecture},
        {"vocab_size", config.vocab_size},
        {"hidden_size", config.hidden_size},
        {"num_hidden_layers", config.num_layers()},
        {"expand", d_inner / config.hidden_size},
        {"state_size", second ? config.mamba2.d_state : config.mamba1.d_state},
        {"conv_kernel", second ? config.mamba2.d_conv : config.mamba1.d_conv},
        {"use_conv_bias", second ? config.mamba2.conv_bias : config.mamba1.conv_bias},
        {"use_bias", false},
        {"hidden_act", "silu"},
        {"layer_norm_epsilon", config.norm_eps},
        {"residual_in_fp32", true},
        {"rescale_prenorm_residual", false},
        {"initializer_range", 0.1},
        {"tie_word_embeddings", config.tie_embeddings},
        {"bos_token_id", config.bos_token},
        {"eos_token_id", config.eos_tokens.size() == 1 ? json(config.eos_tokens.front()) : json(config.eos_tokens)},
        {"pad_token_id", 0},
        {"torch_dtype", config.dtype},
        {"dtype", config.dtype},
        {"use_cache", true}};
    if (second) {
        out["num_heads"] = config.mamba2.num_heads;
        out["head_dim"] = config.mamba2.head_dim;
        out["n_groups"] = config.mamba2.num_groups;
        out["chunk_size"] = 256;
    } else {
        out["intermediate_size"] = config.mamba1.d_inner;
        out["time_step_rank"] = config.mamba1.dt_rank;
    }
    return out;
}

}  // namespace molt
