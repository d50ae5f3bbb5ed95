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

#include "core/model/lazy_tensor.h"

namespace molt {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;
using LazyWeights = std::vector<std::pair<std::string, LazyTensor>>;

struct WriteOptions {
    std::optional<at::ScalarType> type;                ///< element type in the file; nullopt: as the tensor has it
    std::int64_t shard_bytes = std::int64_t{5} << 30;  ///< weights beyond this go to several files with an index
    std::function<void()> after_tensor;                ///< called when a tensor has been written
    /// Sees every tensor, contiguous, before and after the cast, and may throw.
    std::function<void(const std::string& name, const at::Tensor& value, const at::Tensor& cast)> inspect = {};
};

struct WrittenWeights {
    std::vector<std::string> files;
    std::int64_t bytes = 0;
};

/// Writes model.safetensors, or model-0000i-of-0000n.safetensors and model.safetensors.index.json, in the order of
/// `tensors`. Makes one tensor at a time; holds that one and its cast. Throws Error(WriteFailed).
WrittenWeights write_weights(const std::filesystem::path& folder, const LazyWeights& tensors,
                             const WriteOptions& options = {});
WrittenWeights write_weights(const std::filesystem::path& folder, const NamedTensors& tensors,
                             const WriteOptions& options = {});

/// What all of them take in the files.
std::int64_t written_bytes(const LazyWeights& tensors, std::optional<at::ScalarType> type);

}  // namespace molt
