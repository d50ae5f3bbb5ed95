// safetensors writer: header first, then one tensor after another, so that at most one contiguous copy is held.
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

class SafetensorsWriter::OutputFile {
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

namespace {

std::size_t bytes_of(const SafetensorsWriter::Plan& tensor) {
    std::size_t bytes = c10::elementSize(tensor.dtype);
    for (const std::int64_t size : tensor.shape) bytes *= static_cast<std::size_t>(size);
    return bytes;
}

std::string header_text(const std::vector<SafetensorsWriter::Plan>& plan,
                        const std::map<std::string, std::string>& metadata) {
    json header = json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    std::size_t offset = 0;
    for (const SafetensorsWriter::Plan& tensor : plan) {
        MOLT_ASSERT(!header.contains(tensor.name));
        const std::size_t end = offset + bytes_of(tensor);
        header[tensor.name] = {{"dtype", std::string(safetensors_dtype_name(tensor.dtype))},
                               {"shape", tensor.shape},
                               {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text = header.dump();
    // Spaces up to a multiple of 8 keep the tensors aligned for readers that map the file.
    text.append((8 - text.size() % 8) % 8, ' ');
    return text;
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path, std::vector<Plan> plan,
                                     const std::map<std::string, std::string>& metadata)
    : plan_(std::move(plan)) {
    const std::string header = header_text(plan_, metadata);
    const std::uint64_t length = header.size();
    file_ = std::make_unique<OutputFile>(path);
    file_->write(&length, sizeof(length));
    file_->write(header.data(), header.size());
}

SafetensorsWriter::~SafetensorsWriter() = default;

void SafetensorsWriter::write(const at::Tensor& value) {
    MOLT_ASSERT(written_ < plan_.size());
    const Plan& planned = plan_[written_++];
    MOLT_ASSERT(value.scalar_type() == planned.dtype && value.sizes() == at::IntArrayRef(planned.shape));
    const at::Tensor contiguous = value.detach().cpu().contiguous();
    file_->write(contiguous.const_data_ptr(), contiguous.nbytes());
}

void SafetensorsWriter::close() {
    MOLT_ASSERT(written_ == plan_.size());
    file_->close();
}

void write_safetensors(const std::filesystem::path& path,
                       const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                       const std::map<std::string, std::string>& metadata) {
    std::vector<SafetensorsWriter::Plan> plan;
    for (const auto& [name, tensor] : tensors) plan.push_back({name, tensor.scalar_type(), tensor.sizes().vec()});
    SafetensorsWriter writer(path, std::move(plan), metadata);
    for (const auto& entry : tensors) writer.write(entry.second);
    writer.close();
}

}  // namespace molt
