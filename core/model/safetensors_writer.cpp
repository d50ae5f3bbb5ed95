// safetensors writer: header first, then one tensor after another, so that at most one copy is held.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/model/safetensors.h"
#include "core/model/safetensors_header.h"

namespace molt {

namespace {

class OutputFile {
public:
    explicit OutputFile(const std::filesystem::path& path) : path_(path), file_(std::fopen(path.c_str(), "wb")) {
        if (file_ == nullptr) failed();
    }
    ~OutputFile() {
        if (file_ != nullptr) std::fclose(file_);
    }
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    void write(const void* data, std::size_t bytes) {
        if (bytes > 0 && std::fwrite(data, 1, bytes, file_) != bytes) failed();
    }
    void close() {
        std::FILE* file = file_;
        file_ = nullptr;
        if (std::fclose(file) != 0) failed();
    }

private:
    [[noreturn]] void failed() const {
        const bool full = errno == ENOSPC || errno == EDQUOT;
        fail(ErrorCode::WriteFailed, join("Cannot write ", path_.string(), ": ", std::strerror(errno), "."),
             full ? "The disk is full; free some space or choose another folder."
                  : "Check that the folder exists and is writable.");
    }

    std::filesystem::path path_;
    std::FILE* file_;
};

std::string header_text(const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                        const SafetensorsWriting& writing) {
    json header = json::object();
    if (!writing.metadata.empty()) header["__metadata__"] = writing.metadata;
    std::size_t offset = 0;
    for (const auto& [name, tensor] : tensors) {
        MOLT_ASSERT(!header.contains(name));
        const at::ScalarType type = writing.type.value_or(tensor.scalar_type());
        const std::size_t end = offset + static_cast<std::size_t>(tensor.numel()) * c10::elementSize(type);
        header[name] = {{"dtype", std::string(safetensors_dtype_name(type))},
                        {"shape", tensor.sizes().vec()},
                        {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text = header.dump();
    // Spaces up to a multiple of 8 keep the tensors aligned for readers that map the file.
    text.append((8 - text.size() % 8) % 8, ' ');
    return text;
}

}  // namespace

void stream_safetensors(const std::filesystem::path& path,
                        const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                        const SafetensorsWriting& writing) {
    const std::string header = header_text(tensors, writing);
    const std::uint64_t length = header.size();
    OutputFile file(path);
    file.write(&length, sizeof(length));
    file.write(header.data(), header.size());
    for (const auto& [name, tensor] : tensors) {
        const at::Tensor here = tensor.detach().cpu();
        const at::Tensor contiguous = (writing.type ? here.to(*writing.type) : here).contiguous();
        file.write(contiguous.const_data_ptr(), contiguous.nbytes());
        if (writing.after_tensor) writing.after_tensor();
    }
    file.close();
}

void write_safetensors(const std::filesystem::path& path,
                       const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                       const std::map<std::string, std::string>& metadata) {
    stream_safetensors(path, tensors, {metadata, std::nullopt, {}});
}

}  // namespace molt
