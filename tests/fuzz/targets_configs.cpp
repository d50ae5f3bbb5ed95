// Fuzz targets: configurations, recipes and data files.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"
#include "core/data/records.h"
#include "core/model/hf_config.h"
#include "core/model/mamba_config.h"
#include "core/model/pure_config.h"
#include "core/model/tensor_list.h"
#include "core/spec/recipe.h"
#include "tests/fuzz/targets.h"

namespace molt::testing {
namespace {

namespace fs = std::filesystem;

const char* const kLlama =
    R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64, "intermediate_size": 96,
  "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 128, "hidden_act": "silu",
  "rms_norm_eps": 1e-05, "rope_theta": 500000.0, "max_position_embeddings": 256, "tie_word_embeddings": true, "bos_token_id": 1,
  "eos_token_id": [2, 3], "torch_dtype": "bfloat16", "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
  "high_freq_factor": 4.0, "original_max_position_embeddings": 64}})";
const char* const kMistral = R"({"architectures": ["MistralForCausalLM"], "model_type": "mistral", "hidden_size": 32,
  "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4, "vocab_size": 64,
  "hidden_act": "silu", "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "sliding_window": 8, "max_position_embeddings": 64})";
const char* const kPureMamba = R"({"model_type": "mamba", "hidden_size": 64, "expand": 2, "state_size": 16,
  "conv_kernel": 4, "time_step_rank": 4, "use_bias": false, "hidden_act": "silu", "layer_norm_epsilon": 1e-05,
  "num_hidden_layers": 3, "vocab_size": 256, "use_conv_bias": true, "tie_word_embeddings": true})";
const char* const kPureMamba2 = R"({"model_type": "mamba2", "hidden_size": 64, "expand": 2, "state_size": 32,
  "head_dim": 16, "num_heads": 8, "n_groups": 2, "time_step_limit": [0.0, {"__float__": "Infinity"}],
  "num_hidden_layers": 3, "vocab_size": 256, "eos_token_id": 2, "dtype": "float32"})";
const char* const kStateSpaces = R"({"d_model": 64, "n_layer": 3, "vocab_size": 253, "pad_vocab_size_multiple": 8,
  "ssm_cfg": {"layer": "Mamba2", "ngroups": 2, "headdim": 16, "d_state": 32}, "rms_norm": true, "attn_layer_idx": []})";
const char* const kMamba =
    R"({"d_model": 64, "ssm_cfg": {"expand": 1, "ngroups": 4, "d_state": 16}, "rms_norm_eps": 1e-05,
  "vocab_size": null, "d_inner": 64, "d_xb": 32, "intermediate_size": 96, "hidden_act": "silu", "n_layer": 4, "attn_layers": [1, 3]})";
const char* const kRecipe =
    R"({"name": "demo", "seed": 3, "teacher": "teacher.bin", "student": {"mixer": "mamba2", "attention": 0.5},
  "stages": [{"kind": "distill", "steps": 10, "data": "text.txt"}]})";
const char* const kLines = R"({"text": "Once upon a time"}
{"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi there"}]}
{"conversations": [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "Because."}]}
{"instruction": "Add.", "input": "1 2", "output": "3"}
)";

FuzzTarget config_target() {
    const auto read = [](const fs::path& folder) {
        const json config = read_python_json(folder / "config.json");
        ModelConfig model = is_state_spaces_config(config) ? read_state_spaces_config(config, "config.json")
                                                           : read_hf_config(config, "config.json");
        read_generation_config(config, "config.json", &model);
    };
    return {"config", "config.json", {kLlama, kMistral, kPureMamba, kPureMamba2, kStateSpaces}, read, {}};
}

FuzzTarget mamba_config_target() {
    ModelConfig hybrid = read_hf_config(json::parse(kLlama), "config.json");
    hybrid.mixers = {MixerKind::Mamba2, MixerKind::Attention, MixerKind::Mamba2, MixerKind::Attention};
    const auto read = [hybrid](const fs::path& folder) {
        ModelConfig model = read_hf_config(json::parse(kLlama), "config.json");
        read_mamba_config(read_python_json(folder / "mamba_config.json"), expected_tensors(hybrid), "mamba_config.json",
                          &model);
    };
    return {"mamba_config", "mamba_config.json", {kMamba}, read, {}};
}

FuzzTarget recipe_target() {
    const std::string schema_like = recipe_to_json(RunConfig{}).dump(2);
    const auto read = [](const fs::path& folder) { load_recipe(folder / "recipe.json"); };
    return {"recipe", "recipe.json", {kRecipe, schema_like}, read, {}};
}

FuzzTarget records_target() {
    const auto read = [](const fs::path& folder) {
        DataSource source;
        source.path = (folder / "data.jsonl").string();
        read_records(source);
    };
    return {"jsonl", "data.jsonl", {kLines, "[{\"text\": \"one\"}, {\"text\": \"two\"}]"}, read, {}};
}

}  // namespace

std::vector<FuzzTarget> config_targets() {
    return {config_target(), mamba_config_target(), recipe_target(), records_target()};
}

}  // namespace molt::testing
