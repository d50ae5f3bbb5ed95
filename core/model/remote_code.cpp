// The keys of config.json that our modelling file reads.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/remote_code.h"

#include "core/base/platform.h"
#include "core/base/text.h"

namespace molt {

json remote_code_config(const ModelConfig& config) {
    json mixers = json::array();
    for (const MixerKind kind : config.mixers) mixers.push_back(mixer_name(kind));
    const AttentionConfig& a = config.attention;
    const Mamba1Config& one = config.mamba1;
    const Mamba2Config& two = config.mamba2;
    const json sizes = {{"mixers", mixers},
                        {"attention",
                         {{"qkv_bias", a.qkv_bias},
                          {"out_bias", a.out_bias},
                          {"qk_norm", a.qk_norm},
                          {"sliding_window", a.sliding_window}}},
                        {"mamba1",
                         {{"d_inner", one.d_inner},
                          {"d_xb", one.d_xb},
                          {"d_state", one.d_state},
                          {"d_conv", one.d_conv},
                          {"dt_rank", one.dt_rank},
                          {"conv_bias", one.conv_bias},
                          {"repeat_kv_before_conv", one.repeat_kv_before_conv}}},
                        {"mamba2",
                         {{"d_inner", two.d_inner},
                          {"d_xb", two.d_xb},
                          {"num_heads", two.num_heads},
                          {"head_dim", two.head_dim},
                          {"d_conv", two.d_conv},
                          {"conv_bias", two.conv_bias},
                          {"repeat_kv_before_conv", two.repeat_kv_before_conv}}}};
    const auto in_file = [](const char* name) { return join("modeling_molt_hybrid.", name); };
    return {{"architectures", {"MoltHybridForCausalLM"}},
            {"auto_map",
             {{"AutoConfig", in_file("MoltHybridConfig")}, {"AutoModelForCausalLM", in_file("MoltHybridForCausalLM")}}},
            {"molt_hybrid", sizes}};
}

std::filesystem::path remote_code_source() { return resource_path(std::string("export/") + kRemoteCodeFile); }

}  // namespace molt
