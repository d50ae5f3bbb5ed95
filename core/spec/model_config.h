// Sizes of a model and its layer plan, as plain data; both programs use it. The plan is `mixers`, one entry per layer.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace molt {

enum class MixerKind { Attention,
                       Mamba1,
                       Mamba2 };
/// "attention", "mamba1", "mamba2".
std::string_view mixer_name(MixerKind kind);
/// Throws Error(BadConfig) naming the nearest kind.
MixerKind parse_mixer(std::string_view name);

/// Rotary embedding, half-split convention of Hugging Face (rotate_half).
struct RopeConfig {
    double theta = 10000.0;
    std::string scaling = "none";  ///< none | linear | llama3
    double factor = 1.0;
    double low_freq_factor = 1.0, high_freq_factor = 4.0;  ///< llama3
    std::int64_t original_max_position = 8192;             ///< llama3
};

struct AttentionConfig {
    std::int64_t num_heads = 0, num_kv_heads = 0, head_dim = 0;
    bool qkv_bias = false, out_bias = false;
    bool qk_norm = false;             ///< RMSNorm over head_dim on q and k before RoPE (Qwen3)
    std::int64_t sliding_window = 0;  ///< a query sees itself and the window-1 tokens before; 0: everything
    RopeConfig rope;
};

/// Mamba-1 layer: of the official hybrids (algorithm.md 1.2; dt bias added twice), or of pure models, where B and C have
/// one group (d_xb = d_state).
struct Mamba1Config {
    std::int64_t d_inner = 0, d_xb = 0, d_state = 16, d_conv = 4, dt_rank = 0;
    bool conv_bias = true;
    bool repeat_kv_before_conv = true;
};

/// How many channels x, B and C have side by side.
struct Mamba2Widths {
    std::int64_t x = 0, B = 0, C = 0;
    std::int64_t total() const { return x + B + C; }
};

/// Mamba-2 layer: of the official hybrids (algorithm.md 1.5: one group per query head, P = N = head_dim), or of pure
/// models (num_groups groups of B, C and of the gated norm; d_xb is then their width num_groups * d_state).
struct Mamba2Config {
    std::int64_t d_inner = 0, d_xb = 0, num_heads = 0, head_dim = 0, d_state = 0, d_conv = 4;
    std::int64_t num_groups = 0;  ///< 0: official hybrid
    bool conv_bias = true;
    bool repeat_kv_before_conv = false;

    Mamba2Widths projected() const;  ///< as in_proj gives them
    Mamba2Widths convolved() const;  ///< as the convolution sees them
    std::int64_t norm_group() const { return num_groups > 0 ? d_inner / num_groups : head_dim; }
};

struct ModelConfig {
    /// llama | mistral | qwen2 | qwen3 | mamba | mamba2: which config.json this came from.
    std::string architecture = "llama";
    std::int64_t vocab_size = 0, hidden_size = 0, max_position = 2048;
    std::int64_t intermediate_size = 0;  ///< 0: layers without MLP (pure models)
    double norm_eps = 1e-5;
    bool tie_embeddings = false;
    std::int64_t bos_token = 1;
    std::vector<std::int64_t> eos_tokens{2};
    std::string dtype = "float32";  ///< of the weights on disk: float32 | bfloat16 | float16
    AttentionConfig attention;
    Mamba1Config mamba1;  ///< meaningful if some layer is Mamba1
    Mamba2Config mamba2;  ///< meaningful if some layer is Mamba2
    std::vector<MixerKind> mixers;

    std::int64_t num_layers() const { return static_cast<std::int64_t>(mixers.size()); }
    /// Some layer is Mamba, in the shape of the official hybrids.
    bool is_hybrid() const;
    /// A stock Mamba or Mamba-2 model (Hugging Face, state-spaces): only such layers, no MLP.
    bool is_pure() const { return architecture == "mamba" || architecture == "mamba2"; }
    /// Sizes positive and consistent (heads divide, d_inner = heads * head_dim, ...). Throws Error(BadConfig).
    void validate() const;
    /// Fills the sizes of mamba1/mamba2 from the attention sizes as the official code does (algorithm.md 1.0, 1.2, 1.5).
    /// Throws Error(BadConfig) if the attention sizes are not consistent.
    void derive_mamba_sizes();

    /// Bytes of key/value cache per token and of recurrent state (convolution window of d_conv inputs and SSM state) per
    /// sequence, elements of 4 bytes.
    std::int64_t kv_bytes_per_token() const;
    std::int64_t state_bytes_per_sequence() const;
};

/// Which layers keep attention: a share (0..1) or explicit indices.
/// Text forms: "0.5", "1", "0,3,7", "layers:3"; JSON: number, string or array of indices.
struct AttentionChoice {
    std::optional<double> share;
    std::vector<std::int64_t> layers;

    static AttentionChoice parse(std::string_view text);  ///< throws Error(BadConfig)
    std::string to_text() const;
};

/// The layer plan: `choice` keeps attention, all other layers become `mixer`. Placements (cli.md section 2):
/// uniform, first, last, middle; each keeps as many layers as uniform. Explicit indices ignore `placement`.
/// Throws Error(BadConfig): unknown placement, share outside 0..1, layer out of range or listed twice.
std::vector<MixerKind> place_layers(std::int64_t num_layers, const AttentionChoice& choice, std::string_view placement,
                                    MixerKind mixer);

}  // namespace molt
