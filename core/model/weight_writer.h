// The weights of a model folder, written tensor by tensor: one safetensors file, or shards with their index.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace molt {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

struct WriteOptions {
    std::optional<at::ScalarType> type;                ///< element type in the file; nullopt: as the tensor has it
    std::int64_t shard_bytes = std::int64_t{5} << 30;  ///< weights beyond this go to several files with an index
    std::function<void()> after_tensor;                ///< called when a tensor has been written
};

/// Writes model.safetensors, or model-0000i-of-0000n.safetensors and model.safetensors.index.json, in the order of
/// `tensors`. Holds at most one tensor more than its arguments, cast or made contiguous. Throws Error(WriteFailed).
void write_weights(const std::filesystem::path& folder, const NamedTensors& tensors, const WriteOptions& options = {});

}  // namespace molt
