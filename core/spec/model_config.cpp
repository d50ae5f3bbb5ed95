// Mixer names, consistency of sizes, sizes of derived Mamba layers, and their memory. Placement: layer_plan.cpp.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/model_config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

constexpr std::array<std::pair<MixerKind, std::string_view>, 3> kMixers{
    {{MixerKind::Attention, "attention"}, {MixerKind::Mamba1, "mamba1"}, {MixerKind::Mamba2, "mamba2"}}};

// Products of two sizes stay far below 2^63, so that a hostile config cannot overflow an allocation.
constexpr std::int64_t kLargestSize = std::int64_t{1} << 26;
constexpr std::int64_t kLargestCount = std::int64_t{1} << 40;
constexpr std::int64_t kMostLayers = 16384;
constexpr std::int64_t kElementBytes = 4;

[[noreturn]] void bad_size(std::string_view key, std::int64_t value, std::string_view rule) {
    fail(ErrorCode::BadConfig, join("Model configuration: ", key, " is ", value, ", ", rule, "."),
         "Check the model's config.json.");
}

void check_size(std::string_view key, std::int64_t value, std::int64_t largest = kLargestSize) {
    if (value < 1 || value > largest) bad_size(key, value, join("expected 1 to ", largest));
}

void check_divides(std::string_view key, std::int64_t value, std::string_view divisor_key, std::int64_t divisor) {
    if (value % divisor != 0) bad_size(key, value, join("which ", divisor_key, " (", divisor, ") does not divide"));
}

void check_equals(std::string_view key, std::int64_t value, std::string_view expected_key, std::int64_t expected) {
    if (value != expected) bad_size(key, value, join("expected ", expected_key, " (", expected, ")"));
}

void check_attention(const AttentionConfig& attention) {
    check_size("num_heads", attention.num_heads);
    check_size("num_kv_heads", attention.num_kv_heads);
    check_size("head_dim", attention.head_dim);
    check_size("num_heads * head_dim", attention.num_heads * attention.head_dim);
    check_divides("num_heads", attention.num_heads, "num_kv_heads", attention.num_kv_heads);
    // RoPE turns the two halves of a head against each other.
    check_divides("head_dim", attention.head_dim, "2", 2);
    if (attention.sliding_window < 0) bad_size("sliding_window", attention.sliding_window, "expected 0 or more");
    const RopeConfig& rope = attention.rope;
    const bool known = rope.scaling == "none" || rope.scaling == "linear" || rope.scaling == "llama3";
    if (!known) fail(ErrorCode::BadConfig, join("Model configuration: unknown RoPE scaling \"", rope.scaling, "\"."));
    const bool finite = std::isfinite(rope.theta) && std::isfinite(rope.factor);
    if (!finite || rope.theta <= 0 || rope.factor <= 0)
        fail(ErrorCode::BadConfig, "Model configuration: RoPE's theta and factor must be positive numbers.");
    if (rope.scaling != "llama3") return;
    if (!(rope.high_freq_factor > rope.low_freq_factor) || !(rope.low_freq_factor > 0)) {
        fail(ErrorCode::BadConfig,
             "Model configuration: llama3 RoPE scaling needs 0 < low_freq_factor < high_freq_factor.");
    }
    check_size("original_max_position", rope.original_max_position, kLargestCount);
}

void check_mamba1(const Mamba1Config& mamba) {
    check_size("mamba1.d_inner", mamba.d_inner);
    check_size("mamba1.d_xb", mamba.d_xb);
    check_size("mamba1.d_state", mamba.d_state);
    check_size("mamba1.d_conv", mamba.d_conv, 64);
    check_size("mamba1.dt_rank", mamba.dt_rank);
}

void check_hybrid_mamba1(const Mamba1Config& mamba) {
    check_mamba1(mamba);
    check_divides("mamba1.d_inner", mamba.d_inner, "d_xb", mamba.d_xb);
    check_divides("mamba1.d_xb", mamba.d_xb, "d_state", mamba.d_state);
}

void check_mamba2(const Mamba2Config& mamba) {
    check_size("mamba2.num_heads", mamba.num_heads);
    check_size("mamba2.head_dim", mamba.head_dim);
    check_size("mamba2.d_inner", mamba.d_inner);
    check_size("mamba2.d_xb", mamba.d_xb);
    check_size("mamba2.d_state", mamba.d_state);
    check_size("mamba2.d_conv", mamba.d_conv, 64);
    check_equals("mamba2.d_inner", mamba.d_inner, "num_heads * head_dim", mamba.num_heads * mamba.head_dim);
}

void check_hybrid_mamba2(const Mamba2Config& mamba) {
    check_mamba2(mamba);
    check_equals("mamba2.d_state", mamba.d_state, "head_dim", mamba.head_dim);
    check_divides("mamba2.d_inner", mamba.d_inner, "d_xb", mamba.d_xb);
    check_divides("mamba2.d_xb", mamba.d_xb, "head_dim", mamba.head_dim);
}

bool has(const std::vector<MixerKind>& mixers, MixerKind kind) {
    return std::find(mixers.begin(), mixers.end(), kind) != mixers.end();
}

void check_pure(const ModelConfig& config) {
    check_equals("intermediate_size", config.intermediate_size, "no MLP", 0);
    const MixerKind kind = parse_mixer(config.architecture == "mamba" ? "mamba1" : "mamba2");
    if (std::any_of(config.mixers.begin(), config.mixers.end(), [&](MixerKind each) { return each != kind; })) {
        fail(ErrorCode::BadConfig, join("Model configuration: a layer of a pure ", config.architecture,
                                        " model is not ", mixer_name(kind), "."));
    }
    if (kind == MixerKind::Mamba1) {
        check_mamba1(config.mamba1);
        check_equals("mamba1.d_xb", config.mamba1.d_xb, "d_state", config.mamba1.d_state);
        return;
    }
    const Mamba2Config& mamba = config.mamba2;
    check_mamba2(mamba);
    check_size("mamba2.num_groups", mamba.num_groups);
    check_divides("mamba2.num_heads", mamba.num_heads, "num_groups", mamba.num_groups);
    check_equals("mamba2.d_xb", mamba.d_xb, "num_groups * d_state", mamba.num_groups * mamba.d_state);
}

void check_decoder(const ModelConfig& config) {
    check_size("intermediate_size", config.intermediate_size);
    if (has(config.mixers, MixerKind::Attention)) check_attention(config.attention);
    if (has(config.mixers, MixerKind::Mamba1)) check_hybrid_mamba1(config.mamba1);
    if (has(config.mixers, MixerKind::Mamba2)) check_hybrid_mamba2(config.mamba2);
}

std::int64_t count(const std::vector<MixerKind>& mixers, MixerKind kind) {
    return std::count(mixers.begin(), mixers.end(), kind);
}

}  // namespace

std::string_view mixer_name(MixerKind kind) {
    for (const auto& [candidate, name] : kMixers) {
        if (candidate == kind) return name;
    }
    fail(ErrorCode::Internal, "A mixer has no name.");
}

MixerKind parse_mixer(std::string_view name) {
    std::vector<std::string> known;
    for (const auto& [kind, candidate] : kMixers) {
        if (candidate == name) return kind;
        known.emplace_back(candidate);
    }
    const std::string nearest = nearest_name(name, known);
    fail(ErrorCode::BadConfig, join("Unknown mixer \"", name, "\"."),
         nearest.empty() ? join("Known mixers: ", join_list(known, ", "), ".")
                         : join("Did you mean \"", nearest, "\"?"));
}

Mamba2Widths Mamba2Config::projected() const {
    return num_groups > 0 ? Mamba2Widths{d_inner, d_xb, d_xb} : Mamba2Widths{d_xb, d_xb, d_inner};
}

Mamba2Widths Mamba2Config::convolved() const {
    return repeat_kv_before_conv ? Mamba2Widths{d_inner, d_inner, d_inner} : projected();
}

bool ModelConfig::is_hybrid() const {
    return !is_pure() && std::any_of(mixers.begin(), mixers.end(), [](MixerKind kind) { return kind != MixerKind::Attention; });
}

void ModelConfig::validate() const {
    check_size("vocab_size", vocab_size);
    check_size("hidden_size", hidden_size);
    check_size("max_position", max_position, kLargestCount);
    check_size("number of layers", num_layers(), kMostLayers);
    if (!std::isfinite(norm_eps) || norm_eps <= 0 || norm_eps >= 1)
        fail(ErrorCode::BadConfig, join("Model configuration: norm_eps is ", norm_eps, ", expected 0 to 1."));
    if (dtype != "float32" && dtype != "bfloat16" && dtype != "float16") {
        fail(ErrorCode::BadConfig, join("Model configuration: unknown dtype \"", dtype, "\"."),
             "Known: float32, bfloat16, float16.");
    }
    is_pure() ? check_pure(*this) : check_decoder(*this);
}

void ModelConfig::derive_mamba_sizes() {
    constexpr std::int64_t kDtRankDivisor = 16;  // dt_rank = "auto" of the official code
    check_attention(attention);
    check_size("hidden_size", hidden_size);
    const std::int64_t d_inner = attention.num_heads * attention.head_dim;
    const std::int64_t d_xb = attention.num_kv_heads * attention.head_dim;
    mamba1.d_inner = d_inner;
    mamba1.d_xb = d_xb;
    mamba1.dt_rank = (hidden_size + kDtRankDivisor - 1) / kDtRankDivisor;
    mamba2.d_inner = d_inner;
    mamba2.d_xb = d_xb;
    mamba2.num_heads = attention.num_heads;
    mamba2.head_dim = attention.head_dim;
    mamba2.d_state = attention.head_dim;
}

std::int64_t ModelConfig::kv_bytes_per_token() const {
    const std::int64_t per_layer = 2 * attention.num_kv_heads * attention.head_dim;
    return count(mixers, MixerKind::Attention) * per_layer * kElementBytes;
}

std::int64_t ModelConfig::state_bytes_per_sequence() const {
    const std::int64_t conv1 = mamba1.repeat_kv_before_conv ? mamba1.d_inner : mamba1.d_xb;
    const std::int64_t per_mamba1 = conv1 * mamba1.d_conv + mamba1.d_inner * mamba1.d_state;
    const std::int64_t per_mamba2 =
        mamba2.convolved().total() * mamba2.d_conv + mamba2.d_inner * mamba2.d_state;
    const std::int64_t elements =
        count(mixers, MixerKind::Mamba1) * per_mamba1 + count(mixers, MixerKind::Mamba2) * per_mamba2;
    return elements * kElementBytes;
}

}  // namespace molt
