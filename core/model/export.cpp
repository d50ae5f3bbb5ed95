// Choosing a layout, casting, sharding, and the files beside the weights.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/export.h"

#include <ATen/core/grad_mode.h>

#include <cstdio>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"
#include "core/model/fused_layout.h"
#include "core/model/hf_config.h"
#include "core/model/mamba_config.h"
#include "core/model/safetensors.h"
#include "core/model/stock_layouts.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

struct Exported {
    json config;
    json mamba_config;  ///< null where the layout has none
    ParamSet params;
    std::string note;  ///< a sentence for the model card
};

[[noreturn]] void refuse(const std::string& layout, const std::string& reason) {
    fail(ErrorCode::Mismatch, join("The layout ", layout, " cannot express this model: ", reason, "."),
         "Choose another --layout; mamba-in-llama keeps every hybrid, hf every teacher.");
}

Exported training_layout(const Checkpoint& model) {
    Exported out{write_hf_config(model.config), nullptr, model.params, "Hugging Face layout."};
    if (!model.config.is_hybrid()) return out;
    out.config["_name_or_path"] = base_model(model.provenance);
    out.mamba_config = write_mamba_config(model.config);
    out.note = "Training layout of MambaInLlama; the official code loads it, stock transformers classes do not.";
    // The official loader wants the head also where it is tied.
    if (model.config.tie_embeddings) out.params.add("lm_head.weight", model.params.at("model.embed_tokens.weight"));
    return out;
}

Exported inference_layout(const Checkpoint& model) {
    const AttentionConfig& attention = model.config.attention;
    if (!model.config.is_hybrid()) refuse("mamba-in-llama-inference", "it has no Mamba layer");
    if (attention.qkv_bias || attention.qk_norm) {
        refuse("mamba-in-llama-inference", "its fused attention has neither biases nor norms of queries and keys");
    }
    Exported out = training_layout(model);
    out.params = join_fused(out.params, model.config);
    out.note = "Inference layout of MambaInLlama. Its own attention ignores RoPE scaling and sliding windows.";
    return out;
}

Exported stock_layout(StockModel stock) {
    const std::string type = stock.config.at("architectures").at(0);
    return {std::move(stock.config), nullptr, std::move(stock.params),
            join("Loads as ", type, " in transformers ", stock.minimum_transformers, " or later.")};
}

Exported lay_out(const Checkpoint& model, const std::string& layout) {
    if (layout == "hf") return training_layout(model);
    if (layout == "mamba-in-llama") {
        if (!model.config.is_hybrid()) refuse(layout, "it has no Mamba layer");
        return training_layout(model);
    }
    if (layout == "mamba-in-llama-inference") return inference_layout(model);
    if (layout == "falcon-h1") return stock_layout(to_falcon_h1(model.config, model.params));
    if (layout == "granite-hybrid") return stock_layout(to_granite_hybrid(model.config, model.params));
    fail(ErrorCode::Usage, join("Unknown layout \"", layout, "\"."),
         "Known: hf, mamba-in-llama, mamba-in-llama-inference, falcon-h1, granite-hybrid.");
}

at::ScalarType element_type(const std::string& dtype, at::ScalarType stored) {
    if (dtype == "stored") return stored;
    if (dtype == "float32") return at::kFloat;
    if (dtype == "bfloat16") return at::kBFloat16;
    if (dtype == "float16") return at::kHalf;
    fail(ErrorCode::Usage, join("Unknown dtype \"", dtype, "\"."), "Known: stored, float32, bfloat16, float16.");
}

std::string dtype_name(at::ScalarType type) {
    return type == at::kBFloat16 ? "bfloat16"
           : type == at::kHalf   ? "float16"
           : type == at::kDouble ? "float64"
                                 : "float32";
}

void write_json(const fs::path& path, const json& value) { write_file(path, value.dump(2) + "\n"); }

/// Consecutive tensors of at most `limit` bytes together (a larger one stands alone).
std::vector<NamedTensors> divide(const ParamSet& params, std::int64_t element_bytes, std::int64_t limit) {
    std::vector<NamedTensors> shards(1);
    std::int64_t bytes = 0;
    for (const auto& [name, tensor] : params.all()) {
        const std::int64_t size = tensor.numel() * element_bytes;
        if (!shards.back().empty() && bytes + size > limit) {
            shards.emplace_back();
            bytes = 0;
        }
        shards.back().emplace_back(name, tensor);
        bytes += size;
    }
    return shards;
}

void write_shard(const fs::path& path, NamedTensors tensors, at::ScalarType type) {
    for (auto& entry : tensors) entry.second = entry.second.to(type);
    write_safetensors(path, tensors, {{"format", "pt"}});
}

void write_weights(const ParamSet& params, at::ScalarType type, std::int64_t shard_bytes, const fs::path& folder) {
    const auto element_bytes = static_cast<std::int64_t>(c10::elementSize(type));
    std::vector<NamedTensors> shards = divide(params, element_bytes, shard_bytes);
    if (shards.size() == 1) {
        write_shard(folder / "model.safetensors", std::move(shards.front()), type);
        return;
    }
    json map = json::object();
    for (std::size_t i = 0; i < shards.size(); ++i) {
        char name[64];
        std::snprintf(name, sizeof(name), "model-%05zu-of-%05zu.safetensors", i + 1, shards.size());
        for (const auto& entry : shards[i]) map[entry.first] = name;
        write_shard(folder / name, std::move(shards[i]), type);
    }
    write_json(folder / "model.safetensors.index.json",
               {{"metadata", {{"total_size", params.num_elements() * element_bytes}}}, {"weight_map", map}});
}

std::string model_card(const Checkpoint& model, const Exported& exported) {
    std::string plan;
    for (std::size_t i = 0; i < model.config.mixers.size(); ++i) {
        plan += join("| ", i, " | ", mixer_name(model.config.mixers[i]), " |\n");
    }
    std::string card = join("# ", model.config.is_hybrid() ? "Mamba hybrid" : "Language model", " exported by Molt\n\n",
                            exported.note, "\n\n", format_count(model.params.num_elements()), " parameters, ",
                            model.config.num_layers(), " layers.\n\n| layer | mixer |\n|---|---|\n", plan);
    if (!model.provenance.is_null()) card += "\n## Lineage\n\n```json\n" + model.provenance.dump(2) + "\n```\n";
    if (model.provenance.is_object() && model.provenance.contains("evaluation") &&
        model.provenance.at("evaluation").is_object()) {
        card += "\n## Evaluation\n\n| metric | value |\n|---|---|\n";
        for (const auto& [key, value] : model.provenance.at("evaluation").items())
            card += join("| ", key, " | ", value, " |\n");
    }
    return card +
           "\n## Licence\n\nThese weights derive from a teacher; its licence applies to them as well. Check it before "
           "you share them.\n";
}

}  // namespace

void export_model(const Checkpoint& model, const ExportOptions& options, const fs::path& folder) {
    const at::NoGradGuard no_grad;
    Exported exported = lay_out(model, options.layout);
    const at::ScalarType stored = model.params.at("model.embed_tokens.weight").scalar_type();
    const at::ScalarType type = element_type(options.dtype, stored);
    exported.config["torch_dtype"] = exported.config["dtype"] = dtype_name(type);
    write_json(folder / "config.json", exported.config);
    write_json(folder / "generation_config.json", write_generation_config(model.config));
    if (!exported.mamba_config.is_null()) write_json(folder / "mamba_config.json", exported.mamba_config);
    if (options.layout == "hf")
        write_json(folder / "molt.json", model.provenance.is_null() ? json::object() : model.provenance);
    write_weights(exported.params, type, options.shard_bytes, folder);
    write_file(folder / "README.md", model_card(model, exported));
}

}  // namespace molt
