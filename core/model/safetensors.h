// safetensors: header checked before any tensor is handed out; tensors are views of the mapped file; writing is
// streamed. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/files.h"

namespace molt {

class SafetensorsFile {
public:
    struct Entry {
        std::string name, dtype;  ///< dtype as in the file: F32, BF16, I64, ...
        std::vector<std::int64_t> shape;
        std::size_t begin = 0, end = 0;  ///< bytes within the data section
    };
    /// Throws Error(NotFound), Error(BadFile): truncated, header too large, overlapping or uncovered ranges, trailing
    /// bytes, shape and size that disagree, unknown dtype.
    static SafetensorsFile open(const std::filesystem::path& path);

    const std::vector<Entry>& entries() const { return entries_; }
    bool contains(const std::string& name) const { return index_.contains(name); }
    /// A tensor on the mapped memory (read-only by convention; it keeps the map alive).
    at::Tensor tensor(const std::string& name) const;
    const std::map<std::string, std::string>& metadata() const { return metadata_; }
    const std::shared_ptr<const MappedFile>& file() const { return file_; }

private:
    std::shared_ptr<const MappedFile> file_;
    std::size_t data_begin_ = 0;
    std::vector<Entry> entries_;
    std::map<std::string, std::size_t> index_;
    std::map<std::string, std::string> metadata_;
};

struct SafetensorsWriting {
    std::map<std::string, std::string> metadata;
    std::optional<at::ScalarType> type;  ///< element type in the file; nullopt: as the tensor has it
    std::function<void()> after_tensor;  ///< called when a tensor has been written
};

/// Writes the tensors in the given order (cast and made contiguous one at a time). Throws Error(WriteFailed).
void stream_safetensors(const std::filesystem::path& path,
                        const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                        const SafetensorsWriting& writing);
/// The same, as the tensors are.
void write_safetensors(const std::filesystem::path& path,
                       const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace molt
