// Choosing a layout, and the files beside the weights.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/export.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/platform.h"
#include "core/base/text.h"
#include "core/model/finite.h"
#include "core/model/fused_layout.h"
#include "core/model/hf_config.h"
#include "core/model/mamba_config.h"
#include "core/model/model_card.h"
#include "core/model/pytorch_writer.h"
#include "core/model/remote_code.h"
#include "core/model/state_spaces_layout.h"
#include "core/model/stock_layouts.h"
#include "core/model/weight_writer.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

/// The earliest version that stock teachers and our modelling file were run with.
constexpr const char* kCheckedTransformers = "4.57.1";

/// A model in a layout, nothing computed yet.
struct LaidOut {
    json config;
    json mamba_config;  ///< null where the layout has none
    LazyTensors tensors;
    Exported facts;  ///< architecture, minimum_transformers, note
    bool has_remote_code = false;
    bool as_pytorch = false;                     ///< pytorch_model.bin instead of safetensors
    std::map<std::string, std::string> aliases;  ///< of tensors in pytorch_model.bin
};

[[noreturn]] void refuse(const std::string& layout, const std::string& reason) {
    fail(ErrorCode::Mismatch, join("The layout ", layout, " cannot express this model: ", reason, "."),
         "Choose another --layout; mamba-in-llama keeps every hybrid, hf every model.");
}

bool has(const ModelConfig& config, MixerKind kind) {
    return std::count(config.mixers.begin(), config.mixers.end(), kind) > 0;
}

LaidOut plain_layout(const Checkpoint& model) {
    LaidOut out;
    out.config = write_hf_config(model.config);
    for (const auto& [name, tensor] : model.params.all()) out.tensors.emplace(name, LazyTensor(tensor));
    out.facts.architecture = out.config.at("architectures").at(0);
    out.facts.minimum_transformers = kCheckedTransformers;
    out.facts.note = join(out.facts.architecture, " of transformers loads this folder.");
    if (model.config.architecture == "mamba2" && model.config.mamba2.num_groups > 1) {
        out.facts.minimum_transformers = "5.23.0";
        out.facts.note += " Up to 5.22.2 that class normalises over all groups at once and gives other logits.";
    }
    return out;
}

/// Hugging Face names, one folder for the official code.
LaidOut training_layout(const Checkpoint& model, const ExportOptions& options) {
    if (!model.config.is_hybrid()) refuse(options.layout, "it has no Mamba layer of the official hybrids");
    LaidOut out = plain_layout(model);
    const std::string base = base_model(model.provenance);
    out.config["_name_or_path"] = base.empty() ? options.base : base;
    out.mamba_config = write_mamba_config(model.config);
    // The official loader wants the head also where it is tied.
    if (model.config.tie_embeddings)
        out.tensors.emplace("lm_head.weight", LazyTensor(model.params.at("model.embed_tokens.weight")));
    out.facts.architecture = "MambaInLlama";
    out.facts.minimum_transformers.clear();
    out.facts.note = "Training layout of MambaInLlama: the official code loads it, no class of transformers does.";
    if (has(model.config, MixerKind::Mamba1) && has(model.config, MixerKind::Mamba2))
        out.facts.note += " The official code has one kind of Mamba layer a model; this one mixes both.";
    return out;
}

LaidOut inference_layout(const Checkpoint& model, const ExportOptions& options) {
    const AttentionConfig& attention = model.config.attention;
    if (attention.qkv_bias || attention.out_bias || attention.qk_norm) {
        refuse(options.layout, "its fused attention has neither biases nor norms of queries and keys");
    }
    LaidOut out = training_layout(model, options);
    out.tensors = join_fused(model.params, model.config);
    if (model.config.tie_embeddings)
        out.tensors.emplace("lm_head.weight", LazyTensor(model.params.at("model.embed_tokens.weight")));
    out.facts.note = "Inference layout of MambaInLlama: the official code's fast path loads it.";
    if (attention.rope.scaling != "none") out.facts.note += " Its attention ignores the RoPE scaling of this model.";
    if (attention.sliding_window > 0) out.facts.note += " Its attention ignores the sliding window of this model.";
    return out;
}

/// What stock transformers loads, or for hybrids the training layout with our modelling file.
LaidOut hf_layout(const Checkpoint& model, const ExportOptions& options) {
    if (!model.config.is_hybrid()) return plain_layout(model);
    LaidOut out = training_layout(model, options);
    out.config.update(remote_code_config(model.config));
    out.has_remote_code = true;
    out.facts.architecture = out.config.at("architectures").at(0);
    out.facts.minimum_transformers = kCheckedTransformers;
    out.facts.note = join(
        "transformers ", kCheckedTransformers, " or later runs it with the modelling file in this folder ",
        "(`trust_remote_code=True`); no stock class holds it as it is. The official MambaInLlama code loads it, too.");
    return out;
}

LaidOut stock_layout(StockModel stock, const ModelConfig& config) {
    LaidOut out;
    out.config = std::move(stock.config);
    out.tensors = std::move(stock.tensors);
    out.facts.architecture = out.config.at("architectures").at(0);
    out.facts.minimum_transformers = stock.minimum_transformers;
    out.facts.note = join("Loads as ", out.facts.architecture, " in transformers ", stock.minimum_transformers,
                          " or later.", stock.note.empty() ? "" : " ", stock.note);
    const std::int64_t context = out.config.at("max_position_embeddings");
    if (config.attention.sliding_window > 0)
        out.facts.note += join(" Exact for sequences of up to ", context, " tokens: the class has no sliding window.");
    return out;
}

LaidOut state_spaces_layout(const Checkpoint& model) {
    StateSpacesModel original = to_state_spaces(model.config, model.params);
    LaidOut out;
    out.config = std::move(original.config);
    out.tensors = std::move(original.tensors);
    out.aliases = std::move(original.aliases);
    out.as_pytorch = true;
    out.facts.architecture = "MambaLMHeadModel";
    out.facts.note = "MambaLMHeadModel of state-spaces/mamba loads this folder.";
    return out;
}

LaidOut lay_out(const Checkpoint& model, const ExportOptions& options) {
    const ModelConfig& config = model.config;
    if (options.layout == "hf") return hf_layout(model, options);
    if (options.layout == "mamba-in-llama") return training_layout(model, options);
    if (options.layout == "mamba-in-llama-inference") return inference_layout(model, options);
    if (options.layout == "falcon-h1")
        return stock_layout(to_falcon_h1(config, model.params, options.max_context), config);
    if (options.layout == "granite-hybrid")
        return stock_layout(to_granite_hybrid(config, model.params, options.max_context), config);
    if (options.layout == "state-spaces") return state_spaces_layout(model);
    std::string known;
    for (const std::string& layout : export_layouts()) known += join(known.empty() ? "" : ", ", layout);
    fail(ErrorCode::Usage, join("Unknown layout \"", options.layout, "\"."), join("Known: ", known, "."));
}

std::optional<at::ScalarType> element_type(const std::string& dtype) {
    if (dtype == "stored") return std::nullopt;
    if (dtype == "float32") return at::kFloat;
    if (dtype == "bfloat16") return at::kBFloat16;
    if (dtype == "float16") return at::kHalf;
    fail(ErrorCode::Usage, join("Unknown dtype \"", dtype, "\"."), "Known: stored, float32, bfloat16, float16.");
}

void write_json(const fs::path& path, const json& value) { write_file(path, value.dump(2) + "\n"); }

/// How the model samples, and whether its class can cache.
json generation_config(const ModelConfig& config, const ExportOptions& options, const LaidOut& laid_out) {
    json out = options.generation.is_object() ? options.generation : write_generation_config(config);
    if (laid_out.has_remote_code || !laid_out.config.value("use_cache", true)) out["use_cache"] = false;
    return out;
}

/// `cast` is what is written for `value`. Throws Error(BadFile), Error(Mismatch).
void check_values(const std::string& where, const at::Tensor& value, const at::Tensor& cast) {
    check_weight(where, value);
    if (!value.is_same(cast) && !all_finite(cast)) {
        fail(ErrorCode::Mismatch, join(where, " has values that do not fit ", c10::toString(cast.scalar_type()), "."),
             "Export with --dtype bfloat16 or float32.");
    }
}

WrittenWeights write_checked(const LaidOut& laid_out, const Checkpoint& model, const ExportOptions& options,
                             const fs::path& folder) {
    const LazyWeights weights(laid_out.tensors.begin(), laid_out.tensors.end());
    WriteOptions how{element_type(options.dtype), options.shard_bytes, {}, {}};
    const std::int64_t all = written_bytes(weights, how.type);
    const std::string origin = options.origin.empty() ? "The model" : options.origin;
    std::int64_t done = 0;
    how.inspect = [&](const std::string& name, const at::Tensor& value, const at::Tensor& cast) {
        check_values(join(origin, ": the tensor ", name), value, cast);
        done += static_cast<std::int64_t>(cast.nbytes());
    };
    how.after_tensor = [&] {
        model.release_pages();
        if (options.advance) options.advance(done, all);
    };
    return laid_out.as_pytorch ? write_pytorch_bin(folder, weights, laid_out.aliases, how)
                               : write_weights(folder, weights, how);
}

ModelCard card_of(const Checkpoint& model, const ExportOptions& options, const LaidOut& laid_out,
                  const Exported& exported) {
    ModelCard card;
    card.title = options.title.empty() ? "Exported model" : options.title;
    card.loading = exported.note;
    card.trust_remote_code = laid_out.has_remote_code;
    card.for_transformers = !exported.minimum_transformers.empty();
    card.parameters = exported.parameters;
    card.dtype = exported.dtype;
    card.provenance = model.provenance;
    card.lineage = ancestors(model.provenance);
    if (card.lineage.empty() && !options.base.empty())
        card.lineage.push_back({options.base, nullptr, licence_of(options.base)});
    if (!options.origin.empty()) card.licence = licence_of(options.origin);
    return card;
}

}  // namespace

std::vector<std::string> export_layouts() {
    return {"hf", "mamba-in-llama", "mamba-in-llama-inference", "falcon-h1", "granite-hybrid", "state-spaces"};
}

Exported export_model(const Checkpoint& model, const ExportOptions& options, const fs::path& folder) {
    const at::NoGradGuard no_grad;
    const bool as_stored = !element_type(options.dtype).has_value();
    LaidOut laid_out = lay_out(model, options);
    Exported exported = laid_out.facts;
    exported.dtype = as_stored ? model.config.dtype : options.dtype;
    exported.parameters = model.params.num_elements();
    if (!laid_out.as_pytorch) {
        laid_out.config["torch_dtype"] = laid_out.config["dtype"] = exported.dtype;
        write_json(folder / "generation_config.json", generation_config(model.config, options, laid_out));
    }
    write_json(folder / "config.json", laid_out.config);
    if (!laid_out.mamba_config.is_null()) write_json(folder / "mamba_config.json", laid_out.mamba_config);
    if (options.layout == "hf")
        write_json(folder / "molt.json", model.provenance.is_null() ? json::object() : model.provenance);
    if (laid_out.has_remote_code) write_file(folder / kRemoteCodeFile, read_file(remote_code_source()));
    WrittenWeights written = write_checked(laid_out, model, options, folder);
    exported.files = std::move(written.files);
    exported.tensor_bytes = written.bytes;
    write_file(folder / "README.md", model_card_text(card_of(model, options, laid_out, exported), model.config));
    return exported;
}

}  // namespace molt
