// Zip directory parser; every offset and count comes from a file that may be hostile.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/zip_archive.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {
namespace {

// Sizes and marks of the records (PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16).
constexpr std::uint64_t kEndBytes = 22, kLocatorBytes = 20, kEnd64Bytes = 56, kEntryBytes = 46, kLocalBytes = 30;
constexpr std::uint32_t kEndMark = 0x06054b50, kLocatorMark = 0x07064b50, kEnd64Mark = 0x06064b50;
constexpr std::uint32_t kEntryMark = 0x02014b50, kLocalMark = 0x04034b50;
constexpr std::uint32_t kIn64 = 0xffffffff;
constexpr std::uint64_t kMaxEntries = std::uint64_t{1} << 17;
constexpr std::uint16_t kZip64Extra = 1, kEncrypted = 1;

[[noreturn]] void malformed(const MappedFile& file, const std::string& what) {
    fail(ErrorCode::BadFile, join(file.path().string(), ": ", what),
         "The file is damaged or incomplete; copy it again.");
}

/// A little-endian number inside the file.
template <class T>
T number(const MappedFile& file, std::uint64_t at) {
    const auto bytes = file.bytes();
    if (at > bytes.size() || bytes.size() - at < sizeof(T)) malformed(file, "a zip record leaves the file.");
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

/// `bytes` at `at` lie within the first `limit` bytes of the file.
bool within(std::uint64_t at, std::uint64_t bytes, std::uint64_t limit) { return at <= limit && bytes <= limit - at; }

/// Sizes and offset of a directory entry; those that do not fit 32 bits are in its zip64 field, in this order.
struct Wide {
    std::uint64_t size, stored_size, local;
};
Wide wide_numbers(const MappedFile& file, std::uint64_t entry, std::uint64_t extra, std::uint64_t extra_end) {
    const auto stored_size = number<std::uint32_t>(file, entry + 20);
    const auto size = number<std::uint32_t>(file, entry + 24);
    const auto local = number<std::uint32_t>(file, entry + 42);
    Wide wide{size, stored_size, local};
    if (size != kIn64 && stored_size != kIn64 && local != kIn64) return wide;
    while (within(extra, 4, extra_end)) {
        const auto id = number<std::uint16_t>(file, extra);
        const std::uint64_t end = extra + 4 + number<std::uint16_t>(file, extra + 2);
        if (id == kZip64Extra && end <= extra_end) {
            std::uint64_t at = extra + 4;
            for (auto [narrow, full] :
                 {std::pair(size, &wide.size), {stored_size, &wide.stored_size}, {local, &wide.local}}) {
                if (narrow != kIn64) continue;
                if (!within(at, 8, end)) malformed(file, "a zip64 field is too short.");
                *full = number<std::uint64_t>(file, at);
                at += 8;
            }
            return wide;
        }
        extra = end;
    }
    malformed(file, "an entry asks for zip64 sizes and has none.");
}

}  // namespace

ZipArchive::ZipArchive(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {
    const Directory directory = find_directory();
    std::vector<Extent> extents(static_cast<std::size_t>(directory.count));
    std::uint64_t at = directory.begin;
    for (Extent& extent : extents) at = add_entry(at, directory, &extent);
    if (at != directory.begin + directory.bytes) malformed(*file_, "the zip directory has another size than it says.");
    std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
    for (std::size_t i = 1; i < extents.size(); ++i) {
        if (extents[i].begin < extents[i - 1].end) malformed(*file_, "two zip entries overlap.");
    }
}

std::span<const std::byte> ZipArchive::entry(const std::string& name) const {
    const auto found = entries_.find(name);
    if (found == entries_.end()) malformed(*file_, join("the entry ", name, " is missing."));
    return found->second;
}

/// The end record is the last thing in the file, but for a comment of at most 65535 bytes.
ZipArchive::Directory ZipArchive::find_directory() const {
    const std::uint64_t size = file_->bytes().size();
    if (size < kEndBytes) malformed(*file_, join("only ", size, " bytes, too few for a zip file."));
    std::uint64_t at = size - kEndBytes;
    const std::uint64_t first = at > 0xffff ? at - 0xffff : 0;
    while (number<std::uint32_t>(*file_, at) != kEndMark ||
           number<std::uint16_t>(*file_, at + 20) != size - at - kEndBytes) {
        if (at == first) malformed(*file_, "the end of the zip directory is missing (truncated file).");
        --at;
    }
    Directory directory{number<std::uint32_t>(*file_, at + 16), number<std::uint32_t>(*file_, at + 12),
                        number<std::uint16_t>(*file_, at + 10)};
    if (number<std::uint16_t>(*file_, at + 4) != number<std::uint16_t>(*file_, at + 6))
        malformed(*file_, "it spans several files.");
    if (directory.begin == kIn64 || directory.bytes == kIn64 || directory.count == 0xffff)
        directory = zip64_directory(at);
    if (!within(directory.begin, directory.bytes, at))
        malformed(*file_, "the zip directory leaves the file (truncated file).");
    // Checked before anything is allocated for the entries.
    if (directory.count > kMaxEntries) malformed(*file_, join("more than ", kMaxEntries, " zip entries."));
    if (directory.count > directory.bytes / kEntryBytes)
        malformed(*file_, "the zip directory has fewer entries than it says.");
    return directory;
}

ZipArchive::Directory ZipArchive::zip64_directory(std::uint64_t end_record) const {
    if (end_record < kLocatorBytes || number<std::uint32_t>(*file_, end_record - kLocatorBytes) != kLocatorMark) {
        malformed(*file_, "the zip64 end record is missing.");
    }
    const auto at = number<std::uint64_t>(*file_, end_record - kLocatorBytes + 8);
    if (!within(at, kEnd64Bytes, end_record) || number<std::uint32_t>(*file_, at) != kEnd64Mark) {
        malformed(*file_, "the zip64 end record is damaged.");
    }
    return {number<std::uint64_t>(*file_, at + 48), number<std::uint64_t>(*file_, at + 40),
            number<std::uint64_t>(*file_, at + 32)};
}

/// Reads the directory entry at `at`; returns where the next one begins.
std::uint64_t ZipArchive::add_entry(std::uint64_t at, const Directory& directory, Extent* extent) {
    const std::uint64_t directory_end = directory.begin + directory.bytes;
    if (!within(at, kEntryBytes, directory_end) || number<std::uint32_t>(*file_, at) != kEntryMark) {
        malformed(*file_, "an entry of the zip directory is damaged.");
    }
    const std::uint64_t name_bytes = number<std::uint16_t>(*file_, at + 28),
                        extra_bytes = number<std::uint16_t>(*file_, at + 30);
    const std::uint64_t next = at + kEntryBytes + name_bytes + extra_bytes + number<std::uint16_t>(*file_, at + 32);
    if (next > directory_end) malformed(*file_, "an entry of the zip directory leaves it.");
    const auto* text = reinterpret_cast<const char*>(file_->bytes().data());
    const std::string name(text + at + kEntryBytes, name_bytes);
    const std::uint64_t extra = at + kEntryBytes + name_bytes;
    const Wide wide = wide_numbers(*file_, at, extra, extra + extra_bytes);
    if ((number<std::uint16_t>(*file_, at + 8) & kEncrypted) != 0)
        malformed(*file_, join("the entry ", name, " is encrypted."));
    if (number<std::uint16_t>(*file_, at + 10) != 0 || wide.size != wide.stored_size) {
        malformed(*file_, join("the entry ", name, " is compressed; torch.save stores entries as they are."));
    }
    if (!within(wide.local, kLocalBytes, directory.begin) || number<std::uint32_t>(*file_, wide.local) != kLocalMark) {
        malformed(*file_, join("the local header of ", name, " is damaged."));
    }
    const std::uint64_t local_name = number<std::uint16_t>(*file_, wide.local + 26);
    const std::uint64_t data = wide.local + kLocalBytes + local_name + number<std::uint16_t>(*file_, wide.local + 28);
    if (!within(data, wide.size, directory.begin)) malformed(*file_, join("the entry ", name, " leaves the file."));
    if (std::string_view(text + wide.local + kLocalBytes, local_name) != name) {
        malformed(*file_, join("the local header of ", name, " has another name."));
    }
    *extent = {wide.local, data + wide.size};
    const std::span<const std::byte> bytes(file_->bytes().data() + data, static_cast<std::size_t>(wide.size));
    if (!entries_.emplace(name, bytes).second) malformed(*file_, join("the entry ", name, " is there twice."));
    return next;
}

}  // namespace molt
