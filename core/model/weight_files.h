// The weights of a model folder, whatever files hold them: one safetensors file or shards with an index.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

#include "core/model/tensor_list.h"

namespace molt {

struct StoredTensor {
    at::Tensor tensor;  ///< a view of the mapped file
    std::string file;   ///< name of the file within the folder
};
using StoredTensors = std::map<std::string, StoredTensor>;

/// model.safetensors.index.json with its shards, else model.safetensors, else every *.safetensors of the folder.
/// Nothing is read but headers. Throws Error(NotFound): no weights, a shard is missing (named); Error(BadFile): a
/// tensor is there twice, or not in the shard that the index names.
StoredTensors open_weight_files(const std::filesystem::path& folder);
TensorShapes shapes_of(const StoredTensors& tensors);

}  // namespace molt
