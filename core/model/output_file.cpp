// Buffered writing whose failures say what to do.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/output_file.h"

#include <cerrno>
#include <cstring>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

OutputFile::OutputFile(const std::filesystem::path& path) : path_(path), file_(std::fopen(path.c_str(), "wb")) {
    if (file_ == nullptr) failed();
}

OutputFile::~OutputFile() {
    if (file_ != nullptr) std::fclose(file_);
}

void OutputFile::write(const void* data, std::size_t bytes) {
    if (bytes > 0 && std::fwrite(data, 1, bytes, file_) != bytes) failed();
    size_ += bytes;
}

void OutputFile::close() {
    std::FILE* file = file_;
    file_ = nullptr;
    if (std::fclose(file) != 0) failed();
}

void OutputFile::failed() const {
    const bool full = errno == ENOSPC || errno == EDQUOT;
    fail(ErrorCode::WriteFailed, join("Cannot write ", path_.string(), ": ", std::strerror(errno), "."),
         full ? "The disk is full; free some space or choose another folder."
              : "Check that the folder exists and is writable.");
}

}  // namespace molt
