// Recognising, loading and writing model folders.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/checkpoint.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/mapped_pages.h"
#include "core/base/text.h"
#include "core/model/finite.h"
#include "core/model/fused_layout.h"
#include "core/model/hf_config.h"
#include "core/model/llama2c.h"
#include "core/model/mamba_config.h"
#include "core/model/pure_config.h"
#include "core/model/tensor_list.h"
#include "core/model/weight_files.h"
#include "core/model/weight_writer.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

struct Opened {
    Checkpoint checkpoint;  ///< params: views of the files, nothing read but headers
    StoredTensors stored;   ///< of folders, to name the file of a bad tensor
};

std::string kind_of(const ModelConfig& config) {
    return config.is_pure() ? "pure" : config.is_hybrid() ? "hybrid" : "transformer";
}

Opened open_llama2c(const fs::path& path) {
    Llama2cModel model = read_llama2c(path);
    Opened opened;
    opened.checkpoint.config = std::move(model.config);
    opened.checkpoint.params = std::move(model.params);
    opened.checkpoint.layout = "llama2.c";
    opened.checkpoint.kind = "transformer";
    return opened;
}

/// Tensors that stand in files but carry nothing: buffers of old Llama files, and a head that is tied to the embedding.
bool carries_nothing(const std::string& name, const ModelConfig& config) {
    return name.ends_with(".rotary_emb.inv_freq") || (config.tie_embeddings && name == "lm_head.weight");
}

std::string dtype_of(const StoredTensors& tensors, const ModelConfig& config) {
    const auto found = tensors.find(tensor_names(config).embedding);
    if (found == tensors.end()) return config.dtype;
    switch (found->second.tensor.scalar_type()) {
        case at::kBFloat16:
            return "bfloat16";
        case at::kHalf:
            return "float16";
        default:
            return "float32";
    }
}

/// state-spaces has one name that Hugging Face spells otherwise.
StoredTensors with_hf_names(StoredTensors tensors) {
    auto embedding = tensors.extract("backbone.embedding.weight");
    if (!embedding.empty()) {
        embedding.key() = "backbone.embeddings.weight";
        tensors.insert(std::move(embedding));
    }
    return tensors;
}

Opened open_folder(const fs::path& folder) {
    const fs::path config_path = folder / "config.json";
    if (!fs::exists(config_path)) {
        fail(ErrorCode::NotFound, join(folder.string(), " has no config.json."),
             "A model is a Hugging Face folder (config.json and weights) or a llama2.c .bin file.");
    }
    Opened opened;
    Checkpoint& checkpoint = opened.checkpoint;
    const json config = read_python_json(config_path);
    const bool state_spaces = is_state_spaces_config(config);
    checkpoint.config = state_spaces ? read_state_spaces_config(config, config_path.string())
                                     : read_hf_config(config, config_path.string());
    const fs::path generation = folder / "generation_config.json", mamba = folder / "mamba_config.json";
    if (fs::exists(generation)) {
        read_generation_config(read_python_json(generation), generation.string(), &checkpoint.config);
    }
    if (fs::exists(folder / "molt.json")) checkpoint.provenance = read_json_file(folder / "molt.json");
    opened.stored = open_weight_files(folder);
    checkpoint.layout = "hf";
    if (state_spaces) {
        checkpoint.layout = "state-spaces";
        opened.stored = with_hf_names(std::move(opened.stored));
    }
    if (fs::exists(mamba) && !checkpoint.config.is_pure()) {
        read_mamba_config(read_python_json(mamba), shapes_of(opened.stored), mamba.string(), &checkpoint.config);
        checkpoint.layout = checkpoint.provenance.is_null() ? "mamba-in-llama" : "molt";
        if (is_fused(opened.stored, checkpoint.config)) {
            checkpoint.layout = "mamba-in-llama-inference";
            opened.stored = split_fused(opened.stored, checkpoint.config);
        }
    }
    checkpoint.config.dtype = dtype_of(opened.stored, checkpoint.config);
    checkpoint.kind = kind_of(checkpoint.config);
    for (const auto& [name, stored] : opened.stored) {
        if (!carries_nothing(name, checkpoint.config)) checkpoint.params.add(name, stored.tensor);
    }
    check_tensors(checkpoint.config, checkpoint.params, [&](const std::string& name) {
        const auto found = opened.stored.find(name);
        return found == opened.stored.end() ? folder.string() : (folder / found->second.file).string();
    });
    std::set<std::shared_ptr<const MappedFile>> maps;
    for (const auto& entry : opened.stored) {
        if (entry.second.map) maps.insert(entry.second.map);
    }
    checkpoint.maps.assign(maps.begin(), maps.end());
    return opened;
}

Opened open_model(const fs::path& model) {
    if (!fs::exists(model)) {
        fail(ErrorCode::NotFound, join("There is no model ", model.string(), "."),
             "Check the path; relative paths start at the current folder.");
    }
    return fs::is_directory(model) ? open_folder(model) : open_llama2c(model);
}

at::ScalarType target_type(const std::string& dtype, at::ScalarType stored) {
    if (dtype == "float32") return at::kFloat;
    if (dtype == "float64") return at::kDouble;
    if (dtype == "bfloat16") return at::kBFloat16;
    if (dtype == "float16") return at::kHalf;
    if (dtype == "stored") return stored;
    if (dtype == "auto") return stored == at::kDouble ? at::kDouble : at::kFloat;
    fail(ErrorCode::Usage, join("Unknown dtype \"", dtype, "\"."), "Known: auto, float32, float64, bfloat16, float16.");
}

void write_json(const fs::path& path, const json& value) { write_file(path, value.dump(2) + "\n"); }

}  // namespace

Checkpoint Checkpoint::load(const fs::path& model, const LoadOptions& options) {
    const at::NoGradGuard no_grad;
    Opened opened = open_model(model);
    ParamSet loaded;
    const std::int64_t total = opened.checkpoint.params.num_bytes();
    std::int64_t done = 0;
    for (const auto& [name, tensor] : opened.checkpoint.params.all()) {
        const auto stored = opened.stored.find(name);
        const std::string file =
            stored == opened.stored.end() ? model.string() : (model / stored->second.file).string();
        const std::string where = join(file, ": the tensor ", name);
        check_weight(where, tensor);
        const at::ScalarType type = target_type(options.dtype, tensor.scalar_type());
        loaded.add(name, tensor.to(type));
        if (options.streaming || type != tensor.scalar_type()) opened.checkpoint.release_pages();
        done += static_cast<std::int64_t>(tensor.nbytes());
        if (options.progress) options.progress(done, total);
    }
    opened.checkpoint.params = std::move(loaded);
    return std::move(opened.checkpoint);
}

Checkpoint Checkpoint::load_header(const fs::path& model) { return open_model(model).checkpoint; }

void Checkpoint::release_pages() const {
    for (const auto& map : maps) molt::release_pages(*map);
}

void Checkpoint::write_files(const fs::path& folder, const ModelConfig& config, const ParamSet& params,
                             const json& provenance, const std::function<void(std::int64_t, std::int64_t)>& advance) {
    check_tensors(config, params, "The model to be written");
    ModelConfig written = config;
    const at::ScalarType type = params.at(tensor_names(config).embedding).scalar_type();
    written.dtype = type == at::kBFloat16 ? "bfloat16" : type == at::kHalf ? "float16" : "float32";
    json hf = write_hf_config(written);
    NamedTensors tensors(params.all().begin(), params.all().end());
    if (config.is_hybrid()) {
        // The official loader fetches the base model by this name, and wants the head also where it is tied.
        hf["_name_or_path"] = base_model(provenance);
        if (config.tie_embeddings)
            tensors.emplace(tensors.begin(), "lm_head.weight", params.at("model.embed_tokens.weight"));
        write_json(folder / "mamba_config.json", write_mamba_config(config));
    }
    write_json(folder / "config.json", hf);
    write_json(folder / "generation_config.json", write_generation_config(config));
    write_json(folder / "molt.json", provenance.is_null() ? json::object() : provenance);
    WriteOptions writing;
    std::int64_t done = 0, total = 0;
    for (const auto& [name, tensor] : tensors) total += static_cast<std::int64_t>(tensor.nbytes());
    writing.inspect = [&](const std::string&, const at::Tensor&, const at::Tensor& cast) {
        done += static_cast<std::int64_t>(cast.nbytes());
    };
    writing.after_tensor = [&] {
        if (advance) advance(done, total);
    };
    write_weights(folder, tensors, writing);
}

std::string base_model(const json& provenance) {
    if (!provenance.is_object()) return {};
    for (const char* key : {"teacher", "parent"}) {
        const auto found = provenance.find(key);
        if (found != provenance.end() && found->is_string()) return found->get<std::string>();
    }
    return {};
}

fs::path find_tokenizer(const fs::path& model, const fs::path& explicit_path) {
    if (!explicit_path.empty()) {
        if (!fs::exists(explicit_path)) {
            fail(ErrorCode::NotFound, join("There is no tokenizer ", explicit_path.string(), "."),
                 "Check --tokenizer.");
        }
        return explicit_path;
    }
    const bool is_folder = fs::is_directory(model);
    const fs::path folder = is_folder ? model : model.parent_path().empty() ? fs::path(".") : model.parent_path();
    if (is_folder && fs::exists(folder / "tokenizer.json")) return folder;
    if (is_folder && fs::exists(folder / "tokenizer.model")) return folder;
    std::vector<fs::path> candidates;
    if (fs::is_directory(folder)) {
        for (const auto& entry : fs::directory_iterator(folder)) {
            const std::string name = entry.path().filename().string();
            const bool named = name.starts_with("tok") && (name.ends_with(".bin") || name.ends_with(".model"));
            if (named && entry.path() != model) candidates.push_back(entry.path());
        }
    }
    if (candidates.empty()) {
        fail(ErrorCode::NotFound, join("No tokenizer was found beside ", model.string(), "."),
             "Name one with --tokenizer FILE (tokenizer.json, tokenizer.model or a llama2.c tok*.bin).");
    }
    // .bin before .model: a llama2.c model's own file, with its own end marks.
    std::sort(candidates.begin(), candidates.end());
    return candidates.front();
}

}  // namespace molt
