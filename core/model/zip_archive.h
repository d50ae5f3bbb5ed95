// Zip archives whose entries are stored, not compressed, on a mapped file: what torch.save writes. Reading only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "core/base/files.h"

namespace molt {

class ZipArchive {
public:
    /// Reads the directory, zip64 included. Throws Error(BadFile): no zip file, truncated, spanned, encrypted or
    /// compressed entries, a name twice, entries that overlap or leave the file, a local header that disagrees with the
    /// directory. Memory is linear in the directory, nothing else is read.
    explicit ZipArchive(std::shared_ptr<const MappedFile> file);

    /// Names and bytes of all entries.
    const std::map<std::string, std::span<const std::byte>>& entries() const { return entries_; }
    /// Throws Error(BadFile) naming the entry if it is not there.
    std::span<const std::byte> entry(const std::string& name) const;
    const std::shared_ptr<const MappedFile>& file() const { return file_; }

private:
    struct Directory {
        std::uint64_t begin = 0, bytes = 0, count = 0;
    };
    struct Extent {
        std::uint64_t begin = 0, end = 0;  ///< local header to the last byte of data
    };
    Directory find_directory() const;
    Directory zip64_directory(std::uint64_t end_record) const;
    std::uint64_t add_entry(std::uint64_t at, const Directory& directory, Extent* extent);

    std::shared_ptr<const MappedFile> file_;
    std::map<std::string, std::span<const std::byte>> entries_;
};

}  // namespace molt
