// pytorch_model.bin: what torch.save writes (a zip of a pickle and raw storages). Only tensors; nothing is executed.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace molt {

/// All tensors in file order, as views of the mapped file (read-only by convention; they keep the map alive). Tensors
/// that share a storage in the file share memory here. Storages that are not aligned to their element are copied once.
/// Throws Error(NotFound); Error(BadFile): the format before PyTorch 1.6, Python objects other than tensors (named),
/// big endian, a storage of another size, a view outside its storage, anything that zip_archive.h and unpickler.h
/// refuse.
std::vector<std::pair<std::string, at::Tensor>> read_pytorch_bin(const std::filesystem::path& path);

/// True if the file begins like a zip archive: a cheap guess between this format and llama2.c's .bin.
bool looks_like_pytorch_bin(const std::filesystem::path& path);

}  // namespace molt
