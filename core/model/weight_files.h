// The weights of a model folder, whatever files hold them: safetensors or pytorch_model.bin, single or sharded.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "core/base/files.h"
#include "core/model/tensor_list.h"

namespace molt {

struct StoredTensor {
    at::Tensor tensor;                           ///< a view of the mapped file
    std::string file;                            ///< name of the file within the folder
    std::shared_ptr<const MappedFile> map = {};  ///< where its pages can be given back; null for pytorch_model.bin
};
using StoredTensors = std::map<std::string, StoredTensor>;

/// model.safetensors, else pytorch_model.bin (each through its index, if there is one), else every *.safetensors.
/// Nothing is read but headers. Throws Error(NotFound): no weights, a shard is missing (named); Error(BadFile): a
/// tensor is there twice, or not in the shard that the index names.
StoredTensors open_weight_files(const std::filesystem::path& folder);
TensorShapes shapes_of(const StoredTensors& tensors);

}  // namespace molt
