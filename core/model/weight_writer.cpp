// Dividing a model into shards.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/weight_writer.h"

#include <cstdio>
#include <span>

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/model/safetensors.h"

namespace molt {

namespace {

using Shard = std::span<const LazyWeights::value_type>;

std::int64_t bytes_of(const LazyTensor& tensor, std::optional<at::ScalarType> type) {
    return tensor.num_elements() * static_cast<std::int64_t>(c10::elementSize(type.value_or(tensor.dtype())));
}

/// Consecutive tensors of at most `shard_bytes` together (a larger one stands alone).
std::vector<Shard> divide(const LazyWeights& tensors, const WriteOptions& options) {
    std::vector<Shard> shards;
    std::size_t begin = 0;
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const std::int64_t size = bytes_of(tensors[i].second, options.type);
        if (i > begin && bytes + size > options.shard_bytes) {
            shards.emplace_back(tensors.data() + begin, i - begin);
            begin = i;
            bytes = 0;
        }
        bytes += size;
    }
    shards.emplace_back(tensors.data() + begin, tensors.size() - begin);
    return shards;
}

void write_shard(const Shard& shard, const WriteOptions& options, const std::filesystem::path& path) {
    std::vector<SafetensorsWriter::Plan> plan;
    for (const auto& [name, tensor] : shard)
        plan.push_back({name, options.type.value_or(tensor.dtype()), tensor.shape()});
    SafetensorsWriter writer(path, std::move(plan), {{"format", "pt"}});
    for (const auto& [name, tensor] : shard) {
        const at::Tensor value = tensor.make().detach().cpu().contiguous();
        const at::Tensor cast = value.to(options.type.value_or(tensor.dtype()));
        if (options.inspect) options.inspect(name, value, cast);
        writer.write(cast);
        if (options.after_tensor) options.after_tensor();
    }
    writer.close();
}

std::string shard_name(std::size_t index, std::size_t count) {
    if (count == 1) return "model.safetensors";
    char name[64];
    std::snprintf(name, sizeof(name), "model-%05zu-of-%05zu.safetensors", index + 1, count);
    return name;
}

}  // namespace

std::int64_t written_bytes(const LazyWeights& tensors, std::optional<at::ScalarType> type) {
    std::int64_t bytes = 0;
    for (const auto& entry : tensors) bytes += bytes_of(entry.second, type);
    return bytes;
}

WrittenWeights write_weights(const std::filesystem::path& folder, const LazyWeights& tensors,
                             const WriteOptions& options) {
    const std::vector<Shard> shards = divide(tensors, options);
    WrittenWeights written{{}, written_bytes(tensors, options.type)};
    json map = json::object();
    for (std::size_t i = 0; i < shards.size(); ++i) {
        const std::string file = shard_name(i, shards.size());
        for (const auto& entry : shards[i]) map[entry.first] = file;
        write_shard(shards[i], options, folder / file);
        written.files.push_back(file);
    }
    if (shards.size() > 1) {
        const json index = {{"metadata", {{"total_size", written.bytes}}}, {"weight_map", std::move(map)}};
        write_file(folder / "model.safetensors.index.json", index.dump(2) + "\n");
    }
    return written;
}

WrittenWeights write_weights(const std::filesystem::path& folder, const NamedTensors& tensors,
                             const WriteOptions& options) {
    LazyWeights lazy;
    for (const auto& [name, tensor] : tensors) lazy.emplace_back(name, LazyTensor(tensor));
    return write_weights(folder, lazy, options);
}

}  // namespace molt
