// A large file written from front to back.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string_view>

namespace molt {

class OutputFile {
public:
    /// Creates or empties the file. Throws Error(WriteFailed), as do write() and close().
    explicit OutputFile(const std::filesystem::path& path);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    void write(const void* data, std::size_t bytes);
    void write(std::string_view bytes) { write(bytes.data(), bytes.size()); }
    std::uint64_t size() const { return size_; }
    void close();

private:
    [[noreturn]] void failed() const;
    std::filesystem::path path_;
    std::FILE* file_;
    std::uint64_t size_ = 0;
};

}  // namespace molt
