// Files: memory maps, whole-file reads with limits, and writes that appear whole or not at all.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace molt {

/// Read-only memory map of a whole file; shared by copying. Throws Error(NotFound).
class MappedFile {
public:
    static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    std::span<const std::byte> bytes() const { return {data_, size_}; }
    const std::filesystem::path& path() const { return path_; }

private:
    MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size);
    std::filesystem::path path_;
    const std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Whole file as bytes. Throws Error(NotFound); Error(BadFile) if larger than `limit_bytes`.
std::string read_file(const std::filesystem::path& path, std::size_t limit_bytes = std::size_t{1} << 30);

/// Writes beside the target, fsyncs, renames. Throws Error(WriteFailed); the target is then unchanged.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// Builds a folder beside `target` ("<target>.partial-PID"), calls `fill` with it, fsyncs all files, renames to
/// `target`. If `fill` throws or a write fails, the partial folder is removed and the error passed on. An existing
/// target: Error(Usage) unless `overwrite`, which replaces it as a whole.
void publish_folder(const std::filesystem::path& target, bool overwrite,
                    const std::function<void(const std::filesystem::path& partial)>& fill);

/// Throws Error(Usage) with the hint `--overwrite` if `target` exists and `overwrite` is false; Error(WriteFailed) if
/// its parent cannot be written. Called before long work, so that hours are not lost to a typing error.
void check_output_path(const std::filesystem::path& target, bool overwrite);

/// A folder that is removed with everything in it by the destructor.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace molt
