// safetensors writer: header first, then one tensor after another, so that at most one contiguous copy is held.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/model/output_file.h"
#include "core/model/safetensors.h"
#include "core/model/safetensors_header.h"

namespace molt {

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
