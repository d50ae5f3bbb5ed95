// The original's names and constructor arguments.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/state_spaces_layout.h"

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

/// The original has no key for it.
constexpr double kNormEps = 1e-5;

[[noreturn]] void refuse(const std::string& reason) {
    fail(ErrorCode::Mismatch, join("The layout state-spaces cannot express this model: ", reason, "."),
         "Export with --layout hf.");
}

json layer_arguments(const ModelConfig& config) {
    const bool second = config.architecture == "mamba2";
    const std::int64_t d_inner = second ? config.mamba2.d_inner : config.mamba1.d_inner;
    if (d_inner % config.hidden_size != 0)
        refuse(join("its inner width ", d_inner, " is no multiple of the hidden size ", config.hidden_size));
    json out = {{"expand", d_inner / config.hidden_size}};
    if (!second) {
        const Mamba1Config& c = config.mamba1;
        out.update({{"d_state", c.d_state}, {"d_conv", c.d_conv}, {"dt_rank", c.dt_rank}, {"conv_bias", c.conv_bias}});
        return out;
    }
    const Mamba2Config& c = config.mamba2;
    out.update({{"layer", "Mamba2"},
                {"d_state", c.d_state},
                {"d_conv", c.d_conv},
                {"headdim", c.head_dim},
                {"ngroups", c.num_groups},
                {"conv_bias", c.conv_bias}});
    return out;
}

}  // namespace

StateSpacesModel to_state_spaces(const ModelConfig& config, const ParamSet& params) {
    if (!config.is_pure()) refuse("it is no pure Mamba or Mamba-2 model");
    if (config.norm_eps != kNormEps) refuse(join("its norms have eps ", config.norm_eps, ", the original 1e-05"));
    // The vocabulary is the padded one already.
    const int multiple = config.vocab_size % 8 == 0 ? 8 : 1;
    StateSpacesModel out{{{"d_model", config.hidden_size},
                          {"d_intermediate", 0},
                          {"n_layer", config.num_layers()},
                          {"vocab_size", config.vocab_size},
                          {"ssm_cfg", layer_arguments(config)},
                          {"attn_layer_idx", json::array()},
                          {"attn_cfg", json::object()},
                          {"rms_norm", true},
                          {"residual_in_fp32", true},
                          {"fused_add_norm", true},
                          {"pad_vocab_size_multiple", multiple},
                          {"tie_embeddings", config.tie_embeddings}},
                         {},
                         {}};
    for (const auto& [name, tensor] : params.all()) {
        const bool embedding = name == "backbone.embeddings.weight";
        out.tensors.emplace(embedding ? "backbone.embedding.weight" : name, LazyTensor(tensor));
    }
    if (config.tie_embeddings) out.aliases["lm_head.weight"] = "backbone.embedding.weight";
    return out;
}

}  // namespace molt
