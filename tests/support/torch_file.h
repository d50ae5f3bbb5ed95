// Zip archives and pickles assembled byte by byte, as torch.save writes them or as an attacker would. For tests only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace molt::testing {

template <class T>
std::string little_endian(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

/// One entry of a zip file, with every field that a test may want to be wrong.
struct ZipEntry {
    std::string name, data;
    std::uint16_t method = 0, flags = 0;
    bool zip64 = false;             ///< sizes and offset go into the zip64 field
    std::string local_name = name;  ///< what the local header says
};

/// A zip file of these entries; data begins at multiples of `alignment`, by padding the local header's extra field.
inline std::string zip_file(const std::vector<ZipEntry>& entries, std::size_t alignment = 64, bool zip64_end = false) {
    std::string file, directory;
    const auto u16 = [](std::size_t value) { return little_endian(static_cast<std::uint16_t>(value)); };
    const auto u32 = [](std::size_t value) { return little_endian(static_cast<std::uint32_t>(value)); };
    const auto u64 = [](std::size_t value) { return little_endian(static_cast<std::uint64_t>(value)); };
    for (const ZipEntry& entry : entries) {
        const std::size_t local = file.size(), begin = local + 30 + entry.local_name.size();
        const std::size_t padding = 4 + (alignment - (begin + 4) % alignment) % alignment, size = entry.data.size();
        file += "PK\x03\x04" + u16(20) + u16(entry.flags) + u16(entry.method) + u32(0) + u32(0) + u32(size) +
                u32(size) + u16(entry.local_name.size()) + u16(padding) + entry.local_name + u16(0x4246) +
                u16(padding - 4) + std::string(padding - 4, 'Z') + entry.data;
        const std::string wide = entry.zip64 ? u16(1) + u16(24) + u64(size) + u64(size) + u64(local) : "";
        const std::size_t shown = entry.zip64 ? 0xffffffff : size, shown_local = entry.zip64 ? 0xffffffff : local;
        directory += "PK\x01\x02" + u16(20) + u16(20) + u16(entry.flags) + u16(entry.method) + u32(0) + u32(0) +
                     u32(shown) + u32(shown) + u16(entry.name.size()) + u16(wide.size()) + u16(0) + u16(0) + u16(0) +
                     u32(0) + u32(shown_local) + entry.name + wide;
    }
    const std::size_t begin = file.size(), end64 = begin + directory.size();
    file += directory;
    if (zip64_end) {
        file += "PK\x06\x06" + u64(44) + u16(45) + u16(45) + u32(0) + u32(0) + u64(entries.size()) +
                u64(entries.size()) + u64(directory.size()) + u64(begin) + "PK\x06\x07" + u32(0) + u64(end64) + u32(1);
    }
    const std::size_t count = zip64_end ? 0xffff : entries.size();
    return file + "PK\x05\x06" + u16(0) + u16(0) + u16(count) + u16(count) +
           u32(zip64_end ? 0xffffffff : directory.size()) + u32(zip64_end ? 0xffffffff : begin) + u16(0);
}

// Pieces of a protocol 2 pickle.
inline std::string pickle_text(std::string_view text) {
    return "X" + little_endian(static_cast<std::uint32_t>(text.size())) + std::string(text);
}
inline std::string pickle_int(std::int64_t value) { return "\x8a\x08" + little_endian(value); }
inline std::string pickle_name(const std::string& module, const std::string& name) {
    return "c" + module + "\n" + name + "\n";
}
inline std::string pickle_ints(const std::vector<std::int64_t>& values) {
    std::string tuple = "(";
    for (const std::int64_t value : values) tuple += pickle_int(value);
    return tuple + "t";
}

/// What a test wants torch.save to have written about one tensor.
struct TorchTensor {
    std::string name, storage_type = "FloatStorage", key = "0";
    std::int64_t elements = 0, offset = 0;
    std::vector<std::int64_t> sizes, strides;
};
inline std::string pickle_storage(const TorchTensor& t) {
    return "(" + pickle_text("storage") + pickle_name("torch", t.storage_type) + pickle_text(t.key) +
           pickle_text("cpu") + pickle_int(t.elements) + "tQ";
}
inline std::string pickle_tensor(const TorchTensor& t) {
    return pickle_name("torch._utils", "_rebuild_tensor_v2") + "(" + pickle_storage(t) + pickle_int(t.offset) +
           pickle_ints(t.sizes) + pickle_ints(t.strides) + "\x89" + pickle_name("collections", "OrderedDict") + ")RtR";
}
inline std::string pickle_of(const std::vector<TorchTensor>& tensors) {
    std::string pickle = "\x80\x02}(";
    for (const TorchTensor& t : tensors) pickle += pickle_text(t.name) + pickle_tensor(t);
    return pickle + "u.";
}

/// The archive around a pickle and its storages (key, bytes).
inline std::vector<ZipEntry> torch_entries(const std::string& pickle,
                                           const std::vector<std::pair<std::string, std::string>>& storages) {
    std::vector<ZipEntry> entries = {{"archive/data.pkl", pickle}, {"archive/byteorder", "little"}};
    for (const auto& [key, bytes] : storages) entries.push_back({"archive/data/" + key, bytes});
    entries.push_back({"archive/version", "3\n"});
    return entries;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
    std::string bytes(values.size() * sizeof(T), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

}  // namespace molt::testing
