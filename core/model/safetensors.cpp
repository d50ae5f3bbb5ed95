// safetensors reader: the header is parsed as a stream (no document in memory) and checked whole before use.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/safetensors.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/model/safetensors_header.h"

namespace molt {

namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxHeaderBytes = 100'000'000;

[[noreturn]] void malformed(const std::filesystem::path& path, const std::string& what) {
    fail(ErrorCode::BadFile, join(path.string(), ": ", what),
         "The file is damaged or no safetensors file; copy it again.");
}

std::size_t header_length(const MappedFile& file) {
    const auto bytes = file.bytes();
    if (bytes.size() < kLengthBytes)
        malformed(file.path(), join("only ", bytes.size(), " bytes, the header length needs 8."));
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), kLengthBytes);
    if (length > kMaxHeaderBytes) {
        malformed(file.path(),
                  join("the header claims ", length, " bytes; at most ", kMaxHeaderBytes, " are allowed."));
    }
    if (length > bytes.size() - kLengthBytes) {
        malformed(file.path(), join("the header claims ", length, " bytes, the file has ", bytes.size(), "."));
    }
    return static_cast<std::size_t>(length);
}

/// Bytes that shape and dtype ask for; fails on negative sizes and on overflow.
std::size_t required_bytes(const SafetensorsFile::Entry& entry, const std::filesystem::path& path) {
    std::size_t bytes = safetensors_dtype(entry.dtype, join(path.string(), ": tensor ", entry.name)).element_bytes;
    if (std::find(entry.shape.begin(), entry.shape.end(), 0) != entry.shape.end()) return 0;
    for (const std::int64_t size : entry.shape) {
        const auto factor = static_cast<std::size_t>(size);
        if (bytes > std::numeric_limits<std::size_t>::max() / factor) {
            malformed(path, join("tensor ", entry.name, ": the shape overflows."));
        }
        bytes *= factor;
    }
    return bytes;
}

/// Every byte of the data section belongs to exactly one tensor.
void check_coverage(const std::vector<SafetensorsFile::Entry>& entries, std::size_t data_bytes,
                    const std::filesystem::path& path) {
    std::vector<const SafetensorsFile::Entry*> sorted;
    sorted.reserve(entries.size());
    for (const auto& entry : entries) sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(),
              [](const auto* a, const auto* b) { return std::pair(a->begin, a->end) < std::pair(b->begin, b->end); });
    std::size_t covered = 0;
    for (const auto* entry : sorted) {
        if (entry->begin != covered || entry->end < entry->begin) {
            malformed(path, join("tensor ", entry->name, " occupies bytes ", entry->begin, " to ", entry->end,
                                 ", expected to start at ", covered, "."));
        }
        if (entry->end > data_bytes) {
            malformed(path, join("tensor ", entry->name, " ends at byte ", entry->end, ", the data section has ",
                                 data_bytes, " (truncated file)."));
        }
        const std::size_t required = required_bytes(*entry, path);
        if (entry->end - entry->begin != required) {
            malformed(path, join("tensor ", entry->name, " has ", entry->end - entry->begin,
                                 " bytes, shape and dtype need ", required, "."));
        }
        covered = entry->end;
    }
    if (covered != data_bytes) malformed(path, join(data_bytes - covered, " trailing bytes after the last tensor."));
}

}  // namespace

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
    SafetensorsFile result;
    result.file_ = MappedFile::open(path);
    const std::size_t length = header_length(*result.file_);
    result.data_begin_ = kLengthBytes + length;
    const auto* text = reinterpret_cast<const char*>(result.file_->bytes().data()) + kLengthBytes;
    SafetensorsHeader header = parse_safetensors_header(std::string_view(text, length), path.string());
    result.entries_ = std::move(header.entries);
    result.metadata_ = std::move(header.metadata);
    check_coverage(result.entries_, result.file_->bytes().size() - result.data_begin_, path);
    for (std::size_t i = 0; i < result.entries_.size(); ++i) {
        if (!result.index_.emplace(result.entries_[i].name, i).second) {
            malformed(path, join("tensor ", result.entries_[i].name, " is there twice."));
        }
    }
    return result;
}

at::Tensor SafetensorsFile::tensor(const std::string& name) const {
    const auto found = index_.find(name);
    if (found == index_.end()) {
        std::vector<std::string> names;
        for (const auto& entry : entries_) names.push_back(entry.name);
        fail(ErrorCode::BadFile, join(file_->path().string(), ": there is no tensor ", name, "."),
             join("The nearest name is ", nearest_name(name, names), "."));
    }
    const Entry& entry = entries_[found->second];
    const SafetensorsDtype dtype = safetensors_dtype(entry.dtype, file_->path().string());
    const auto options = at::TensorOptions().dtype(dtype.type);
    if (entry.begin == entry.end) return at::empty(entry.shape, options);
    const std::byte* data = file_->bytes().data() + data_begin_ + entry.begin;
    // The map is read-only; ATen has no const storage, so the promise not to write is the caller's.
    auto* address = const_cast<std::byte*>(data);
    if (reinterpret_cast<std::uintptr_t>(data) % dtype.element_bytes != 0) {
        at::Tensor copy = at::empty(entry.shape, options);
        std::memcpy(copy.data_ptr(), data, entry.end - entry.begin);
        return copy;
    }
    return at::from_blob(
        address, entry.shape, [keep = file_](void*) {}, options);
}

}  // namespace molt
