// Tensors out of a torch.save archive: the pickle says which, the zip says where, this file checks that both agree.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/pickle.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <array>
#include <cstring>
#include <fstream>
#include <map>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/model/unpickler.h"
#include "core/model/zip_archive.h"

namespace molt {
namespace {

constexpr std::string_view kPickle = "data.pkl", kZipMark = "PK\x03\x04";
constexpr std::size_t kMaxPickleBytes = std::size_t{64} << 20;

[[noreturn]] void malformed(const std::filesystem::path& path, const std::string& what) {
    fail(ErrorCode::BadFile, join(path.string(), ": ", what), "The file is damaged; copy it again.");
}

/// The folder inside the archive that holds everything ("archive/", or the file's own name).
std::string archive_prefix(const ZipArchive& archive) {
    std::string prefix;
    int found = 0;
    for (const auto& [name, bytes] : archive.entries()) {
        if (name == kPickle || name.ends_with(join("/", kPickle))) {
            prefix = name.substr(0, name.size() - kPickle.size());
            ++found;
        }
    }
    if (found != 1)
        malformed(archive.file()->path(), join("expected one ", kPickle, " in the archive, found ", found, "."));
    return prefix;
}

void check_byte_order(const ZipArchive& archive, const std::string& prefix) {
    const auto found = archive.entries().find(prefix + "byteorder");
    if (found == archive.entries().end()) return;
    const std::string_view order(reinterpret_cast<const char*>(found->second.data()), found->second.size());
    if (order != "little") malformed(archive.file()->path(), "it was saved on a big-endian machine.");
}

/// The whole storage as one row of elements, on the mapped memory where its alignment allows.
at::Tensor storage_tensor(const ZipArchive& archive, const std::string& entry, const PickledTensor& wanted) {
    const std::span<const std::byte> bytes = archive.entry(entry);
    const std::size_t element = c10::elementSize(wanted.dtype);
    if (bytes.size() % element != 0 || bytes.size() / element != static_cast<std::uint64_t>(wanted.storage_elements)) {
        malformed(archive.file()->path(),
                  join("the storage ", entry, " has ", bytes.size(), " bytes, the pickle asks for ",
                       wanted.storage_elements, " elements of ", element, " bytes."));
    }
    const auto options = at::TensorOptions().dtype(wanted.dtype);
    if (bytes.empty() || reinterpret_cast<std::uintptr_t>(bytes.data()) % element != 0) {
        at::Tensor copy = at::empty({wanted.storage_elements}, options);
        if (!bytes.empty()) std::memcpy(copy.data_ptr(), bytes.data(), bytes.size());
        return copy;
    }
    // The map is read-only; ATen has no const storage, so the promise not to write is the caller's.
    return at::from_blob(
        const_cast<std::byte*>(bytes.data()), {wanted.storage_elements}, [keep = archive.file()](void*) {}, options);
}

/// Every element lies inside the storage, and there are no more elements than it has (no expanded views).
void check_view(const PickledTensor& tensor, const std::string& name, const std::filesystem::path& path) {
    std::int64_t count = 1, last = tensor.offset;
    bool fits = true;
    for (std::size_t i = 0; i < tensor.sizes.size(); ++i) {
        const std::int64_t size = tensor.sizes[i];
        std::int64_t reach = 0;
        fits = fits && !__builtin_mul_overflow(count, size, &count);
        fits = fits && !__builtin_mul_overflow(size > 0 ? size - 1 : 0, tensor.strides[i], &reach);
        fits = fits && !__builtin_add_overflow(last, reach, &last);
    }
    fits = fits && count <= tensor.storage_elements &&
           (count == 0 ? tensor.offset <= tensor.storage_elements : last < tensor.storage_elements);
    if (!fits) {
        malformed(path, join("the tensor ", name, " does not fit into its storage of ", tensor.storage_elements,
                             " elements."));
    }
}

[[noreturn]] void refuse_legacy(const std::filesystem::path& path) {
    fail(ErrorCode::BadFile, join(path.string(), ": not a zip archive; files saved before PyTorch 1.6 are not read."),
         "Load it once in PyTorch and save it again with torch.save, or convert it to safetensors.");
}

}  // namespace

std::vector<std::pair<std::string, at::Tensor>> read_pytorch_bin(const std::filesystem::path& path) {
    const auto file = MappedFile::open(path);
    const std::string_view text(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
    if (!text.starts_with(kZipMark)) refuse_legacy(path);
    const ZipArchive archive(file);
    const std::string prefix = archive_prefix(archive);
    check_byte_order(archive, prefix);
    const std::span<const std::byte> pickle = archive.entry(join(prefix, kPickle));
    if (pickle.size() > kMaxPickleBytes) malformed(path, join(kPickle, " has ", pickle.size(), " bytes."));

    std::vector<std::pair<std::string, at::Tensor>> tensors;
    std::map<std::string, at::Tensor, std::less<>> storages;
    for (const auto& [name_view, described] : unpickle_tensors(pickle, path.string())) {
        const std::string name = to_valid_utf8(name_view), key = join(prefix, "data/", described.storage);
        check_view(described, name, path);
        auto found = storages.find(key);
        if (found == storages.end()) found = storages.emplace(key, storage_tensor(archive, key, described)).first;
        if (found->second.scalar_type() != described.dtype || found->second.numel() != described.storage_elements) {
            malformed(path, join("the storage ", key, " is described in two ways."));
        }
        tensors.emplace_back(name, found->second.as_strided(described.sizes, described.strides, described.offset));
    }
    return tensors;
}

bool looks_like_pytorch_bin(const std::filesystem::path& path) {
    std::array<char, kZipMark.size()> start{};
    std::ifstream file(path, std::ios::binary);
    file.read(start.data(), static_cast<std::streamsize>(start.size()));
    return file.gcount() == static_cast<std::streamsize>(start.size()) &&
           std::string_view(start.data(), start.size()) == kZipMark;
}

}  // namespace molt
