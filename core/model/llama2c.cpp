// Reader of llama2.c files. Layouts: run.c (legacy) and export.py version1_export of karpathy/llama2.c.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/llama2c.h"

#include <ATen/ops/from_blob.h>

#include <array>
#include <cstring>
#include <memory>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"

namespace molt {

namespace {

constexpr std::uint32_t kMagic = 0x616b3432;  // "ak42"
constexpr std::size_t kLegacyHeaderBytes = 7 * 4;
constexpr std::size_t kVersion1HeaderBytes = 256;
constexpr std::int64_t kLargestSize = 1 << 20;

struct Header {
    std::int64_t dim = 0, hidden_dim = 0, layers = 0, heads = 0, kv_heads = 0, vocab = 0, seq_len = 0;
    bool shared = true, legacy = true;
    std::size_t bytes = kLegacyHeaderBytes;
};

[[noreturn]] void malformed(const std::filesystem::path& path, const std::string& what) {
    fail(ErrorCode::BadFile, join(path.string(), ": ", what),
         "Expected a llama2.c model file in float32 (legacy or version 1).");
}

template <class T>
T read_at(const MappedFile& file, std::size_t offset) {
    T value;
    std::memcpy(&value, file.bytes().data() + offset, sizeof(T));
    return value;
}

void check_header(const Header& h, const std::filesystem::path& path) {
    const std::array<std::pair<const char*, std::int64_t>, 7> sizes{{{"dim", h.dim},
                                                                     {"hidden_dim", h.hidden_dim},
                                                                     {"n_layers", h.layers},
                                                                     {"n_heads", h.heads},
                                                                     {"n_kv_heads", h.kv_heads},
                                                                     {"vocab_size", h.vocab},
                                                                     {"seq_len", h.seq_len}}};
    for (const auto& [name, value] : sizes) {
        if (value < 1 || value > kLargestSize) malformed(path, join("the header's ", name, " is ", value, "."));
    }
    if (h.layers > 16384) malformed(path, join("the header's n_layers is ", h.layers, "."));
    if (h.dim % h.heads != 0 || h.heads % h.kv_heads != 0 || h.dim / h.heads % 2 != 0) {
        malformed(path,
                  join("dim ", h.dim, ", n_heads ", h.heads, " and n_kv_heads ", h.kv_heads, " do not fit together."));
    }
}

Header read_header(const MappedFile& file) {
    if (file.bytes().size() < kLegacyHeaderBytes) malformed(file.path(), join("only ", file.bytes().size(), " bytes."));
    Header h;
    std::size_t offset = 0;
    if (read_at<std::uint32_t>(file, 0) == kMagic) {
        h.legacy = false;
        h.bytes = kVersion1HeaderBytes;
        if (file.bytes().size() < h.bytes) malformed(file.path(), "the header is truncated.");
        const auto version = read_at<std::int32_t>(file, 4);
        if (version != 1) malformed(file.path(), join("version ", version, " is not supported."));
        h.shared = read_at<std::uint8_t>(file, 36) != 0;
        offset = 8;
    }
    std::int64_t* const fields[] = {&h.dim, &h.hidden_dim, &h.layers, &h.heads, &h.kv_heads, &h.vocab, &h.seq_len};
    for (std::size_t i = 0; i < 7; ++i) *fields[i] = read_at<std::int32_t>(file, offset + 4 * i);
    if (h.legacy && h.vocab < 0) {
        h.shared = false;
        h.vocab = -h.vocab;
    }
    check_header(h, file.path());
    return h;
}

ModelConfig to_config(const Header& h) {
    ModelConfig config;
    config.vocab_size = h.vocab;
    config.hidden_size = h.dim;
    config.intermediate_size = h.hidden_dim;
    config.max_position = h.seq_len;
    config.tie_embeddings = h.shared;
    // run.c ends a story at the begin mark as well.
    config.eos_tokens = {2, 1};
    config.attention.num_heads = h.heads;
    config.attention.num_kv_heads = h.kv_heads;
    config.attention.head_dim = h.dim / h.heads;
    config.mixers.assign(static_cast<std::size_t>(h.layers), MixerKind::Attention);
    config.derive_mamba_sizes();
    return config;
}

/// Walks through the file; the size was checked before.
class Cursor {
public:
    Cursor(std::shared_ptr<const MappedFile> file, std::size_t offset) : file_(std::move(file)), offset_(offset) {}
    at::Tensor take(std::vector<std::int64_t> shape) {
        std::size_t bytes = sizeof(float);
        for (const std::int64_t size : shape) bytes *= static_cast<std::size_t>(size);
        auto* data = const_cast<std::byte*>(file_->bytes().data() + offset_);
        offset_ += bytes;
        return at::from_blob(
            data, shape, [keep = file_](void*) {}, at::TensorOptions().dtype(at::kFloat));
    }
    void skip(std::int64_t floats) { offset_ += static_cast<std::size_t>(floats) * sizeof(float); }

private:
    std::shared_ptr<const MappedFile> file_;
    std::size_t offset_;
};

void check_size(const Header& h, const MappedFile& file) {
    // Every size is at most 2^20 and there are at most 2^14 layers: no product here reaches 2^63.
    const std::int64_t head_dim = h.dim / h.heads, kv = h.kv_heads * head_dim;
    const std::int64_t layer = 2 * h.dim + 2 * h.dim * h.dim + 2 * kv * h.dim + 3 * h.dim * h.hidden_dim;
    const std::int64_t tables = h.legacy ? h.seq_len * head_dim : 0;
    const std::int64_t floats = layer * h.layers + h.dim + tables + h.vocab * h.dim * (h.shared ? 1 : 2);
    const std::int64_t expected = floats * 4 + static_cast<std::int64_t>(h.bytes);
    const auto found = static_cast<std::int64_t>(file.bytes().size());
    if (expected == found) return;
    malformed(file.path(), join("the header asks for ", expected, " bytes, the file has ", found,
                                expected > found ? " (truncated)." : " (trailing bytes)."));
}

/// (rows, D), rows of each head from pairs (0,1), (2,3), ... to (0, 2, ..., 1, 3, ...).
at::Tensor half_split(const at::Tensor& weight, std::int64_t heads) {
    return weight.view({heads, -1, 2, weight.size(1)}).transpose(1, 2).reshape(weight.sizes());
}

/// One (rows, columns) matrix or one vector a layer.
void add_layers(Cursor* cursor, const Header& h, const std::string& name, const std::vector<std::int64_t>& shape,
                ParamSet* out) {
    for (std::int64_t i = 0; i < h.layers; ++i)
        out->add(join("model.layers.", i, ".", name, ".weight"), cursor->take(shape));
}

void reorder(const Header& h, const std::string& name, std::int64_t heads, ParamSet* out) {
    for (std::int64_t i = 0; i < h.layers; ++i) {
        const std::string full = join("model.layers.", i, ".", name, ".weight");
        at::Tensor reordered = half_split(out->at(full), heads);
        out->erase(full);
        out->add(full, std::move(reordered));
    }
}

void add_attention(Cursor* cursor, const Header& h, ParamSet* out) {
    const std::int64_t kv = h.kv_heads * (h.dim / h.heads);
    add_layers(cursor, h, "self_attn.q_proj", {h.dim, h.dim}, out);
    add_layers(cursor, h, "self_attn.k_proj", {kv, h.dim}, out);
    add_layers(cursor, h, "self_attn.v_proj", {kv, h.dim}, out);
    add_layers(cursor, h, "self_attn.o_proj", {h.dim, h.dim}, out);
    reorder(h, "self_attn.q_proj", h.heads, out);
    reorder(h, "self_attn.k_proj", h.kv_heads, out);
}

void add_mlp(Cursor* cursor, const Header& h, ParamSet* out) {
    add_layers(cursor, h, "mlp.gate_proj", {h.hidden_dim, h.dim}, out);
    add_layers(cursor, h, "mlp.down_proj", {h.dim, h.hidden_dim}, out);
    add_layers(cursor, h, "mlp.up_proj", {h.hidden_dim, h.dim}, out);
}

}  // namespace

Llama2cModel read_llama2c(const std::filesystem::path& path) {
    const auto file = MappedFile::open(path);
    const Header h = read_header(*file);
    check_size(h, *file);
    Llama2cModel model;
    model.config = to_config(h);
    ParamSet& p = model.params;
    Cursor cursor(file, h.bytes);
    const auto embedding = [&] { p.add("model.embed_tokens.weight", cursor.take({h.vocab, h.dim})); };
    const auto final_norm = [&] { p.add("model.norm.weight", cursor.take({h.dim})); };
    const auto norms = [&](const std::string& name) { add_layers(&cursor, h, name, {h.dim}, &p); };
    if (h.legacy) {
        embedding();
        norms("input_layernorm");
        add_attention(&cursor, h, &p);
        norms("post_attention_layernorm");
        add_mlp(&cursor, h, &p);
        final_norm();
        cursor.skip(h.seq_len * (h.dim / h.heads));  // tables of cosines and sines
    } else {
        norms("input_layernorm");
        norms("post_attention_layernorm");
        final_norm();
        embedding();
        add_attention(&cursor, h, &p);
        add_mlp(&cursor, h, &p);
    }
    if (!h.shared) p.add("lm_head.weight", cursor.take({h.vocab, h.dim}));
    return model;
}

}  // namespace molt
