// safetensors: header checked before any tensor is handed out; tensors are views of the mapped file; writing is
// streamed. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/files.h"

namespace molt {

class OutputFile;

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

/// A file written tensor by tensor: everything about them but their values stands in the header, which comes first.
class SafetensorsWriter {
public:
    struct Plan {
        std::string name;
        at::ScalarType dtype;
        std::vector<std::int64_t> shape;
    };
    /// Throws Error(WriteFailed), as do write() and close().
    SafetensorsWriter(const std::filesystem::path& path, std::vector<Plan> plan,
                      const std::map<std::string, std::string>& metadata);
    ~SafetensorsWriter();
    SafetensorsWriter(const SafetensorsWriter&) = delete;
    SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;
    /// The next tensor of the plan, in its shape and element type.
    void write(const at::Tensor& value);
    /// After the last tensor.
    void close();

private:
    std::unique_ptr<OutputFile> file_;
    std::vector<Plan> plan_;
    std::size_t written_ = 0;
};

/// Writes the tensors in the given order (contiguous copies one at a time). Throws Error(WriteFailed).
void write_safetensors(const std::filesystem::path& path,
                       const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace molt
