// Dividing a model into shards.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/weight_writer.h"

#include <cstdio>

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/model/safetensors.h"

namespace molt {

namespace {

std::int64_t bytes_of(const at::Tensor& tensor, const WriteOptions& options) {
    return tensor.numel() * static_cast<std::int64_t>(c10::elementSize(options.type.value_or(tensor.scalar_type())));
}

/// Consecutive tensors of at most `shard_bytes` together (a larger one stands alone).
std::vector<NamedTensors> divide(const NamedTensors& tensors, const WriteOptions& options) {
    std::vector<NamedTensors> shards(1);
    std::int64_t bytes = 0;
    for (const auto& [name, tensor] : tensors) {
        const std::int64_t size = bytes_of(tensor, options);
        if (!shards.back().empty() && bytes + size > options.shard_bytes) {
            shards.emplace_back();
            bytes = 0;
        }
        shards.back().emplace_back(name, tensor);
        bytes += size;
    }
    return shards;
}

}  // namespace

void write_weights(const std::filesystem::path& folder, const NamedTensors& tensors, const WriteOptions& options) {
    const SafetensorsWriting writing{{{"format", "pt"}}, options.type, options.after_tensor};
    const std::vector<NamedTensors> shards = divide(tensors, options);
    if (shards.size() == 1) {
        stream_safetensors(folder / "model.safetensors", shards.front(), writing);
        return;
    }
    json map = json::object();
    std::int64_t total = 0;
    for (std::size_t i = 0; i < shards.size(); ++i) {
        char file[64];
        std::snprintf(file, sizeof(file), "model-%05zu-of-%05zu.safetensors", i + 1, shards.size());
        for (const auto& [name, tensor] : shards[i]) {
            map[name] = file;
            total += bytes_of(tensor, options);
        }
        stream_safetensors(folder / file, shards[i], writing);
    }
    const json index = {{"metadata", {{"total_size", total}}}, {"weight_map", std::move(map)}};
    write_file(folder / "model.safetensors.index.json", index.dump(2) + "\n");
}

}  // namespace molt
