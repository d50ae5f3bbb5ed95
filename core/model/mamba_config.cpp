// mamba_config.json <-> layer plan and Mamba sizes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/mamba_config.h"

#include <algorithm>
#include <optional>
#include <set>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

[[noreturn]] void refuse(const std::string& origin, const std::string& what) {
    fail(ErrorCode::BadFile, join(origin, ": ", what, "."),
         "Only the settings of the official MambaInLlama layers are supported.");
}

/// The kind of layer `i` from its tensor names (algorithm.md 1.9).
MixerKind kind_of_layer(const TensorShapes& tensors, std::int64_t i, const std::string& origin) {
    const std::string prefix = join("model.layers.", i, ".");
    if (tensors.contains(prefix + "mamba.dt_bias")) return MixerKind::Mamba2;
    if (tensors.contains(prefix + "mamba.A_log")) return MixerKind::Mamba1;
    const bool attention =
        tensors.contains(prefix + "self_attn.q_proj.weight") || tensors.contains(prefix + "mha.in_proj.weight");
    if (attention) return MixerKind::Attention;
    refuse(origin, join("layer ", i, " has tensors neither of attention nor of a Mamba layer"));
}

std::set<std::int64_t> attention_layers(const json& mamba, std::int64_t num_layers, const std::string& origin) {
    std::set<std::int64_t> layers;
    const auto found = mamba.find("attn_layers");
    if (found == mamba.end()) return layers;
    if (!found->is_array()) refuse(origin, "attn_layers is no list");
    for (const json& item : *found) {
        if (!item.is_number_integer()) refuse(origin, "attn_layers holds something that is no whole number");
        const auto index = item.get<std::int64_t>();
        if (index < 0 || index >= num_layers)
            refuse(origin, join("attn_layers names layer ", index, " of ", num_layers));
        layers.insert(index);
    }
    return layers;
}

void check_unsupported(const json& ssm, const std::string& origin) {
    const auto must_be = [&](const char* key, bool value) {
        if (get_or<bool>(ssm, key, value, origin) != value)
            refuse(origin, join("ssm_cfg.", key, " = ", !value, " is not supported"));
    };
    must_be("norm_before_gate", false);
    must_be("rmsnorm", true);
    must_be("D_has_hdim", false);
    must_be("bias", false);
    const std::string activation = get_or<std::string>(ssm, "activation", "swish", origin);
    if (activation != "swish" && activation != "silu")
        refuse(origin, join("the activation ", activation, " is not supported"));
}

/// Whether the convolution runs over repeated channels, read off its shape; nullopt if both settings give this shape.
std::optional<bool> repeated(const TensorShapes& tensors, const std::string& layer, std::int64_t before,
                             std::int64_t after) {
    const auto conv = tensors.find(layer + "mamba.conv1d.weight");
    if (before == after || conv == tensors.end() || conv->second.empty()) return std::nullopt;
    return conv->second[0] == before;
}

void read_sizes(const json& mamba, const json& ssm, const TensorShapes& tensors, const std::string& origin,
                ModelConfig* config) {
    const auto expand = get_or<std::int64_t>(ssm, "expand", 1, origin);
    const auto d_inner = get_or<std::int64_t>(mamba, "d_inner", expand * config->hidden_size, origin);
    const auto d_xb = get_or<std::int64_t>(mamba, "d_xb", config->mamba1.d_xb, origin);
    if (d_inner < 1 || d_xb < 1) refuse(origin, join("d_inner is ", d_inner, ", d_xb is ", d_xb));
    Mamba1Config& one = config->mamba1;
    Mamba2Config& two = config->mamba2;
    one.d_inner = two.d_inner = d_inner;
    one.d_xb = two.d_xb = d_xb;
    one.d_conv = two.d_conv = get_or<std::int64_t>(ssm, "d_conv", 4, origin);
    one.conv_bias = two.conv_bias = get_or<bool>(ssm, "conv_bias", true, origin);
    const auto rank = ssm.find("dt_rank");
    if (rank != ssm.end() && rank->is_number_integer()) one.dt_rank = rank->get<std::int64_t>();
    std::set<MixerKind> kinds(config->mixers.begin(), config->mixers.end());
    const bool mixed = kinds.contains(MixerKind::Mamba1) && kinds.contains(MixerKind::Mamba2);
    if (kinds.contains(MixerKind::Mamba2)) {
        two.num_heads = get_or<std::int64_t>(ssm, "ngroups", config->attention.num_heads, origin);
        two.d_state = get_or<std::int64_t>(ssm, "d_state", config->attention.head_dim, origin);
        two.head_dim = two.d_state;
    } else {
        one.d_state = get_or<std::int64_t>(ssm, "d_state", 16, origin);
    }
    // Mixed plans share one ssm_cfg; there only the shapes tell.
    const bool one_default = mixed ? true : get_or<bool>(ssm, "repeat_kv_before_conv", true, origin);
    const bool two_default = mixed ? false : get_or<bool>(ssm, "repeat_kv_before_conv", false, origin);
    one.repeat_kv_before_conv = one_default;
    two.repeat_kv_before_conv = two_default;
    for (std::size_t i = 0; i < config->mixers.size(); ++i) {
        const std::string layer = join("model.layers.", i, ".");
        if (config->mixers[i] == MixerKind::Mamba1)
            one.repeat_kv_before_conv = repeated(tensors, layer, d_inner, d_xb).value_or(one_default);
        if (config->mixers[i] == MixerKind::Mamba2)
            two.repeat_kv_before_conv = repeated(tensors, layer, 3 * d_inner, d_inner + 2 * d_xb).value_or(two_default);
    }
}

}  // namespace

void read_mamba_config(const json& mamba, const TensorShapes& tensors, const std::string& origin, ModelConfig* config) {
    if (!mamba.is_object()) refuse(origin, "not a JSON object");
    const auto layers = get_or<std::int64_t>(mamba, "n_layer", config->num_layers(), origin);
    if (layers != config->num_layers()) {
        refuse(origin, join("n_layer is ", layers, ", config.json has ", config->num_layers(), " layers"));
    }
    const auto hidden = get_or<std::int64_t>(mamba, "d_model", config->hidden_size, origin);
    if (hidden != config->hidden_size)
        refuse(origin, join("d_model is ", hidden, ", hidden_size is ", config->hidden_size));
    const std::set<std::int64_t> attention = attention_layers(mamba, layers, origin);
    for (std::int64_t i = 0; i < layers; ++i) {
        const MixerKind kind = kind_of_layer(tensors, i, origin);
        if ((kind == MixerKind::Attention) != attention.contains(i)) {
            refuse(origin, join("layer ", i, " is ", attention.contains(i) ? "" : "not ",
                                "in attn_layers, but the weights hold ", mixer_name(kind)));
        }
        config->mixers[static_cast<std::size_t>(i)] = kind;
    }
    const auto ssm = mamba.find("ssm_cfg");
    const json arguments = ssm == mamba.end() || ssm->is_null() ? json::object() : *ssm;
    if (!arguments.is_object()) refuse(origin, "ssm_cfg is no object");
    check_unsupported(arguments, origin);
    read_sizes(mamba, arguments, tensors, origin, config);
    config->validate();
}

json write_mamba_config(const ModelConfig& config) {
    const bool has_mamba2 = std::count(config.mixers.begin(), config.mixers.end(), MixerKind::Mamba2) > 0;
    const bool has_mamba1 = std::count(config.mixers.begin(), config.mixers.end(), MixerKind::Mamba1) > 0;
    json attention = json::array();
    for (std::size_t i = 0; i < config.mixers.size(); ++i) {
        if (config.mixers[i] == MixerKind::Attention) attention.push_back(i);
    }
    json ssm = {{"expand", 1}};
    if (has_mamba2) {
        ssm["ngroups"] = config.mamba2.num_heads;
        ssm["d_state"] = config.mamba2.d_state;
        // The official constructor insists on a headdim that divides d_inner; its default is 64.
        if (config.mamba2.d_inner % 64 != 0) ssm["headdim"] = config.mamba2.head_dim;
    }
    const std::int64_t d_conv = has_mamba2 ? config.mamba2.d_conv : config.mamba1.d_conv;
    if (d_conv != 4) ssm["d_conv"] = d_conv;
    if (!(has_mamba2 ? config.mamba2.conv_bias : config.mamba1.conv_bias)) ssm["conv_bias"] = false;
    if (has_mamba1) {
        if (!has_mamba2 && config.mamba1.d_state != 16) ssm["d_state"] = config.mamba1.d_state;
        if (config.mamba1.dt_rank != (config.hidden_size + 15) / 16) ssm["dt_rank"] = config.mamba1.dt_rank;
    }
    const bool repeat = has_mamba2 ? config.mamba2.repeat_kv_before_conv : config.mamba1.repeat_kv_before_conv;
    if (repeat == has_mamba2) ssm["repeat_kv_before_conv"] = repeat;
    return {{"d_model", config.hidden_size},
            {"ssm_cfg", ssm},
            {"rms_norm_eps", config.norm_eps},
            {"vocab_size", nullptr},
            {"d_inner", has_mamba2 ? config.mamba2.d_inner : config.mamba1.d_inner},
            {"d_xb", has_mamba2 ? config.mamba2.d_xb : config.mamba1.d_xb},
            {"intermediate_size", config.intermediate_size},
            {"hidden_act", "silu"},
            {"n_layer", config.num_layers()},
            {"attn_layers", attention}};
}

}  // namespace molt
