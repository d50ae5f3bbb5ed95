// pytorch_model.bin as torch.save writes it: a zip archive of one pickle and a raw storage for every tensor.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/model/weight_writer.h"

namespace molt {

/// Makes and writes one tensor at a time. `aliases` are second names (alias -> tensor) that share a storage.
/// options.shard_bytes is ignored: it is always one file. Throws Error(WriteFailed).
WrittenWeights write_pytorch_bin(const std::filesystem::path& folder, const LazyWeights& tensors,
                                 const std::map<std::string, std::string>& aliases, const WriteOptions& options);

}  // namespace molt
