// Splitting and joining the rows of fused projections.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/fused_layout.h"

#include <ATen/ops/cat.h>

#include <set>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

struct Part {
    std::string name;
    std::int64_t rows;
};

std::vector<Part> attention_parts(const AttentionConfig& c, const std::string& layer) {
    const std::int64_t kv = c.num_kv_heads * c.head_dim;
    return {{layer + "self_attn.q_proj.weight", c.num_heads * c.head_dim},
            {layer + "self_attn.k_proj.weight", kv},
            {layer + "self_attn.v_proj.weight", kv}};
}

std::vector<Part> mamba1_parts(const Mamba1Config& c, const std::string& layer) {
    const std::string mamba = layer + "mamba.";
    return {{mamba + "in_proj_z.weight", c.d_inner},
            {mamba + "in_proj_x.weight", c.d_xb},
            {mamba + "B_proj.weight", c.d_xb},
            {mamba + "C_proj.weight", c.d_inner},
            {mamba + "dt_proj_down.weight", c.dt_rank}};
}

void split(const StoredTensor& fused, const std::string& fused_name, const std::vector<Part>& parts,
           StoredTensors* out) {
    std::int64_t rows = 0;
    for (const Part& part : parts) rows += part.rows;
    if (fused.tensor.dim() != 2 || fused.tensor.size(0) != rows) {
        fail(ErrorCode::BadFile,
             join(fused.file, ": the tensor ", fused_name, " has ", fused.tensor.dim() == 2 ? fused.tensor.size(0) : 0,
                  " rows, expected ", rows, "."),
             "The weights belong to another mamba_config.json.");
    }
    std::int64_t row = 0;
    for (const Part& part : parts) {
        (*out)[part.name] = {fused.tensor.narrow(0, row, part.rows), fused.file};
        row += part.rows;
    }
}

LazyTensor joined(const ParamSet& params, const std::vector<Part>& parts, std::set<std::string>* used) {
    std::vector<at::Tensor> tensors;
    for (const Part& part : parts) {
        tensors.push_back(params.at(part.name));
        used->insert(part.name);
    }
    return {std::move(tensors), [](const std::vector<at::Tensor>& rows) { return at::cat(rows, 0); }};
}

}  // namespace

bool is_fused(const StoredTensors& tensors, const ModelConfig& config) {
    for (std::size_t i = 0; i < config.mixers.size(); ++i) {
        const std::string layer = join("model.layers.", i, ".");
        if (tensors.contains(layer + "mha.in_proj.weight")) return true;
        if (config.mixers[i] == MixerKind::Mamba1 && tensors.contains(layer + "mamba.in_proj.weight")) return true;
    }
    return false;
}

StoredTensors split_fused(const StoredTensors& tensors, const ModelConfig& config) {
    StoredTensors out = tensors;
    for (std::size_t i = 0; i < config.mixers.size(); ++i) {
        const std::string layer = join("model.layers.", i, ".");
        const auto take = [&](const std::string& name, const std::vector<Part>& parts) {
            const auto found = tensors.find(layer + name);
            if (found == tensors.end()) return;
            split(found->second, found->first, parts, &out);
            out.erase(found->first);
        };
        take("mha.in_proj.weight", attention_parts(config.attention, layer));
        const auto projection = tensors.find(layer + "mha.out_proj.weight");
        if (projection != tensors.end()) {
            out[layer + "self_attn.o_proj.weight"] = projection->second;
            out.erase(projection->first);
        }
        if (config.mixers[i] == MixerKind::Mamba1) take("mamba.in_proj.weight", mamba1_parts(config.mamba1, layer));
    }
    return out;
}

LazyTensors join_fused(const ParamSet& params, const ModelConfig& config) {
    LazyTensors out;
    std::set<std::string> used;
    for (std::size_t i = 0; i < config.mixers.size(); ++i) {
        const std::string layer = join("model.layers.", i, ".");
        if (config.mixers[i] == MixerKind::Attention) {
            out.emplace(layer + "mha.in_proj.weight", joined(params, attention_parts(config.attention, layer), &used));
            out.emplace(layer + "mha.out_proj.weight", LazyTensor(params.at(layer + "self_attn.o_proj.weight")));
            used.insert(layer + "self_attn.o_proj.weight");
        } else if (config.mixers[i] == MixerKind::Mamba1) {
            out.emplace(layer + "mamba.in_proj.weight", joined(params, mamba1_parts(config.mamba1, layer), &used));
        }
    }
    for (const auto& [name, tensor] : params.all()) {
        if (!used.contains(name)) out.emplace(name, LazyTensor(tensor));
    }
    return out;
}

}  // namespace molt
