// config.json <-> ModelConfig for the decoder families.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/hf_config.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"
#include "core/model/pure_config.h"

namespace molt {

namespace {

struct Family {
    std::string_view model_type, architecture;
};
constexpr std::array<Family, 4> kFamilies{{{"llama", "LlamaForCausalLM"},
                                           {"mistral", "MistralForCausalLM"},
                                           {"qwen2", "Qwen2ForCausalLM"},
                                           {"qwen3", "Qwen3ForCausalLM"}}};

[[noreturn]] void unsupported(const std::string& origin, const std::string& what) {
    fail(ErrorCode::BadFile, join(origin, ": ", what, " is not supported."),
         "Supported: Llama, Mistral, Qwen2, Qwen3 (SiLU; RoPE default, linear, llama3), Mamba and Mamba2.");
}

const json* find(const json& object, std::string_view key) {
    const auto found = object.find(std::string(key));
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

/// Token ids: a number or a list of numbers.
std::vector<std::int64_t> token_list(const json& value, const std::string& origin) {
    std::vector<std::int64_t> result;
    const json list = value.is_array() ? value : json::array({value});
    for (const json& item : list) {
        if (!item.is_number_integer()) fail(ErrorCode::BadFile, join(origin, ": a token id is no whole number."));
        result.push_back(item.get<std::int64_t>());
    }
    return result;
}

void read_rope(const json& config, const std::string& origin, RopeConfig* rope) {
    const json* scaling = find(config, "rope_scaling");
    const json* parameters = find(config, "rope_parameters");
    const json& values = parameters ? *parameters : scaling ? *scaling : json::object();
    if (!values.is_object()) fail(ErrorCode::BadFile, join(origin, ": rope_parameters is no object."));
    rope->theta = get_or<double>(config, "rope_theta", rope->theta, origin);
    rope->theta = get_or<double>(values, "rope_theta", rope->theta, origin);
    const std::string older = get_or<std::string>(values, "type", "default", origin);
    const std::string type = get_or<std::string>(values, "rope_type", older, origin);
    if (get_or<double>(values, "partial_rotary_factor", 1.0, origin) != 1.0 ||
        get_or<double>(config, "partial_rotary_factor", 1.0, origin) != 1.0) {
        unsupported(origin, "a partial rotary embedding");
    }
    if (type == "default") return;
    if (type != "linear" && type != "llama3") unsupported(origin, join("RoPE scaling \"", type, "\""));
    rope->scaling = type;
    rope->factor = get<double>(values, "factor", origin);
    if (type == "linear") return;
    rope->low_freq_factor = get<double>(values, "low_freq_factor", origin);
    rope->high_freq_factor = get<double>(values, "high_freq_factor", origin);
    rope->original_max_position = get<std::int64_t>(values, "original_max_position_embeddings", origin);
}

/// Qwen counts the layers that slide; a window for only some layers cannot be expressed here.
std::int64_t read_window(const json& config, const std::string& family, const std::string& origin) {
    if (family == "llama") return 0;
    const auto window = get_or<std::int64_t>(config, "sliding_window", 0, origin);
    if (family == "mistral") return window;
    if (window == 0 || !get_or<bool>(config, "use_sliding_window", false, origin)) return 0;
    const auto layers = get<std::int64_t>(config, "num_hidden_layers", origin);
    const auto first = get_or<std::int64_t>(config, "max_window_layers", 28, origin);
    if (first >= layers) return 0;
    if (first > 0) unsupported(origin, "a sliding window in only some of the layers");
    return window;
}

void read_attention(const json& config, const std::string& family, const std::string& origin, ModelConfig* out) {
    AttentionConfig& attention = out->attention;
    attention.num_heads = get<std::int64_t>(config, "num_attention_heads", origin);
    attention.num_kv_heads = get_or<std::int64_t>(config, "num_key_value_heads", attention.num_heads, origin);
    if (attention.num_heads < 1)
        fail(ErrorCode::BadFile, join(origin, ": num_attention_heads is ", attention.num_heads, "."));
    attention.head_dim = get_or<std::int64_t>(config, "head_dim", out->hidden_size / attention.num_heads, origin);
    const bool bias = get_or<bool>(config, "attention_bias", false, origin);
    attention.qkv_bias = family == "qwen2" || bias;
    attention.out_bias = family != "qwen2" && bias;
    attention.qk_norm = family == "qwen3";
    attention.sliding_window = read_window(config, family, origin);
    read_rope(config, origin, &attention.rope);
}

std::string family_of(const json& config, const std::string& origin) {
    const std::string type = get_or<std::string>(config, "model_type", "", origin);
    for (const Family& family : kFamilies) {
        if (type == family.model_type) return type;
    }
    unsupported(origin, join("the architecture \"", type, "\""));
}

/// Replaces a bare word outside of strings by null, in place; both have no other meaning in JSON.
void replace_words(std::string* text) {
    bool in_string = false;
    for (std::size_t i = 0; i < text->size(); ++i) {
        const char c = (*text)[i];
        if (in_string && c == '\\') {
            ++i;
        } else if (c == '"') {
            in_string = !in_string;
        } else if (!in_string) {
            for (const std::string_view word : {"-Infinity", "Infinity", "NaN"}) {
                if (text->compare(i, word.size(), word) == 0) text->replace(i, word.size(), "null");
            }
        }
    }
}

}  // namespace

json read_python_json(const std::filesystem::path& path) {
    constexpr std::size_t kLimit = std::size_t{16} << 20;
    std::string text = read_file(path, kLimit);
    replace_words(&text);
    return parse_json(text, path.string());
}

namespace {

ModelConfig read_decoder(const json& config, const std::string& origin) {
    const std::string family = family_of(config, origin);
    ModelConfig out;
    out.architecture = family;
    out.hidden_size = get<std::int64_t>(config, "hidden_size", origin);
    out.intermediate_size = get<std::int64_t>(config, "intermediate_size", origin);
    out.max_position = get_or<std::int64_t>(config, "max_position_embeddings", 2048, origin);
    out.norm_eps = get_or<double>(config, "rms_norm_eps", 1e-6, origin);
    out.tie_embeddings = get_or<bool>(config, "tie_word_embeddings", false, origin);
    const std::string activation = get_or<std::string>(config, "hidden_act", "silu", origin);
    if (activation != "silu" && activation != "swish") unsupported(origin, join("the activation \"", activation, "\""));
    if (get_or<bool>(config, "mlp_bias", false, origin)) unsupported(origin, "a bias in the MLP");
    read_attention(config, family, origin, &out);
    const auto layers = get<std::int64_t>(config, "num_hidden_layers", origin);
    if (layers < 1 || layers > 16384) fail(ErrorCode::BadFile, join(origin, ": num_hidden_layers is ", layers, "."));
    out.mixers.assign(static_cast<std::size_t>(layers), MixerKind::Attention);
    out.derive_mamba_sizes();
    return out;
}

}  // namespace

ModelConfig read_hf_config(const json& config, const std::string& origin) {
    ModelConfig out = is_pure_config(config) ? read_pure_config(config, origin) : read_decoder(config, origin);
    out.vocab_size = get<std::int64_t>(config, "vocab_size", origin);
    out.bos_token = get_or<std::int64_t>(config, "bos_token_id", out.bos_token, origin);
    if (const json* eos = find(config, "eos_token_id")) out.eos_tokens = token_list(*eos, origin);
    out.dtype =
        get_or<std::string>(config, "dtype", get_or<std::string>(config, "torch_dtype", "float32", origin), origin);
    out.validate();
    return out;
}

void read_generation_config(const json& generation, const std::string& origin, ModelConfig* config) {
    if (const json* eos = find(generation, "eos_token_id")) config->eos_tokens = token_list(*eos, origin);
}

json write_hf_config(const ModelConfig& config) {
    if (config.is_pure()) return write_pure_config(config);
    const auto family = std::find_if(kFamilies.begin(), kFamilies.end(),
                                     [&](const Family& item) { return item.model_type == config.architecture; });
    MOLT_ASSERT(family != kFamilies.end());
    const AttentionConfig& a = config.attention;
    json rope = {{"rope_theta", a.rope.theta}, {"rope_type", a.rope.scaling == "none" ? "default" : a.rope.scaling}};
    if (a.rope.scaling != "none") rope["factor"] = a.rope.factor;
    if (a.rope.scaling == "llama3") {
        rope["low_freq_factor"] = a.rope.low_freq_factor;
        rope["high_freq_factor"] = a.rope.high_freq_factor;
        rope["original_max_position_embeddings"] = a.rope.original_max_position;
    }
    json scaling = rope;
    scaling.erase("rope_theta");
    json out = {{"architectures", {std::string(family->architecture)}},
                {"model_type", config.architecture},
                {"vocab_size", config.vocab_size},
                {"hidden_size", config.hidden_size},
                {"intermediate_size", config.intermediate_size},
                {"num_hidden_layers", config.num_layers()},
                {"num_attention_heads", a.num_heads},
                {"num_key_value_heads", a.num_kv_heads},
                {"head_dim", a.head_dim},
                {"hidden_act", "silu"},
                {"max_position_embeddings", config.max_position},
                {"rms_norm_eps", config.norm_eps},
                {"tie_word_embeddings", config.tie_embeddings},
                {"bos_token_id", config.bos_token},
                {"eos_token_id", config.eos_tokens},
                {"rope_theta", a.rope.theta},
                {"rope_scaling", a.rope.scaling == "none" ? json(nullptr) : scaling},
                {"rope_parameters", rope},
                {"torch_dtype", config.dtype},
                {"dtype", config.dtype},
                {"use_cache", true}};
    if (config.architecture == "llama" || config.architecture == "qwen3") out["attention_bias"] = a.qkv_bias;
    if (config.architecture == "llama") out["mlp_bias"] = false;
    if (config.architecture != "llama")
        out["sliding_window"] = a.sliding_window > 0 ? json(a.sliding_window) : json(nullptr);
    if (config.architecture.starts_with("qwen")) {
        out["use_sliding_window"] = a.sliding_window > 0;
        out["max_window_layers"] = a.sliding_window > 0 ? 0 : config.num_layers();
    }
    return out;
}

json write_generation_config(const ModelConfig& config) {
    return {{"bos_token_id", config.bos_token}, {"eos_token_id", config.eos_tokens}};
}

}  // namespace molt
