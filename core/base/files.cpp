// Memory maps, limited reads, and publishing by write beside, fsync, rename.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

[[noreturn]] void cannot_read(const fs::path& path, int error) {
    const std::string reason = std::strerror(error);
    const std::string hint = error == ENOENT ? "Check the path; relative paths start at the current folder."
                                             : "Check the file's permissions and type.";
    fail(ErrorCode::NotFound, join("Cannot read ", path.string(), ": ", reason, "."), hint);
}

[[noreturn]] void cannot_write(const fs::path& path, int error) {
    std::string hint = "Check that the folder exists and is writable.";
    if (error == ENOSPC || error == EDQUOT) hint = "The disk is full; free some space or choose another folder.";
    if (error == EFBIG) hint = "The file-size limit of this user or file system is reached; choose another folder.";
    fail(ErrorCode::WriteFailed, join("Cannot write ", path.string(), ": ", std::strerror(error), "."), hint);
}

/// Opens a regular file for reading; a folder is no file.
int open_regular(const fs::path& path, std::size_t* size) {
    // Without O_NONBLOCK the opening of a pipe that nobody writes to would wait for ever.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) cannot_read(path, errno);
    struct stat info {};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        ::close(fd);
        cannot_read(path, S_ISDIR(info.st_mode) ? EISDIR : EINVAL);
    }
    *size = static_cast<std::size_t>(info.st_size);
    return fd;
}

void sync_path(const fs::path& path, int flags) {
    const Descriptor fd(::open(path.c_str(), flags | O_CLOEXEC));
    if (fd.get() < 0 || ::fsync(fd.get()) != 0) cannot_write(path, errno);
}

void sync_tree(const fs::path& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) sync_path(entry.path(), O_RDONLY);
    }
    sync_path(folder, O_RDONLY | O_DIRECTORY);
}

fs::path parent_of(const fs::path& path) {
    const fs::path parent = path.parent_path();
    return parent.empty() ? fs::path(".") : parent;
}

fs::path without_trailing_slash(const fs::path& path) { return path.has_filename() ? path : path.parent_path(); }

void rename_over(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) cannot_write(to, errno);
    sync_path(parent_of(to), O_RDONLY | O_DIRECTORY);
}

/// Removes a path on destruction unless released.
class Remover {
public:
    explicit Remover(fs::path path) : path_(std::move(path)) {}
    ~Remover() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    Remover(const Remover&) = delete;
    Remover& operator=(const Remover&) = delete;
    void release() { path_.clear(); }

private:
    fs::path path_;
};

}  // namespace

MappedFile::MappedFile(fs::path path, const std::byte* data, std::size_t size)
    : path_(std::move(path)), data_(data), size_(size) {}

MappedFile::~MappedFile() {
    if (size_ > 0) ::munmap(const_cast<std::byte*>(data_), size_);
}

std::shared_ptr<const MappedFile> MappedFile::open(const fs::path& path) {
    std::size_t size = 0;
    const Descriptor fd(open_regular(path, &size));
    const std::byte* data = nullptr;
    if (size > 0) {
        void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
        if (mapped == MAP_FAILED) cannot_read(path, errno);
        data = static_cast<const std::byte*>(mapped);
    }
    return std::shared_ptr<const MappedFile>(new MappedFile(path, data, size));
}

std::string read_file(const fs::path& path, std::size_t limit_bytes) {
    std::size_t size = 0;
    const Descriptor fd(open_regular(path, &size));
    if (size > limit_bytes) {
        fail(ErrorCode::BadFile,
             join(path.string(), " has ", format_bytes(static_cast<std::int64_t>(size)), ", more than the ",
                  format_bytes(static_cast<std::int64_t>(limit_bytes)), " allowed here."));
    }
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got = ::read(fd.get(), bytes.data() + done, size - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) cannot_read(path, errno);
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

void write_file(const fs::path& path, std::string_view bytes) {
    const fs::path partial = path.string() + ".partial-" + std::to_string(::getpid());
    Remover remover(partial);
    {
        const Descriptor fd(::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
        if (fd.get() < 0) cannot_write(path, errno);
        std::size_t done = 0;
        while (done < bytes.size()) {
            const ssize_t put = ::write(fd.get(), bytes.data() + done, bytes.size() - done);
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) cannot_write(path, errno);
            done += static_cast<std::size_t>(put);
        }
        if (::fsync(fd.get()) != 0) cannot_write(path, errno);
    }
    rename_over(partial, path);
    remover.release();
}

void check_output_path(const fs::path& target, bool overwrite) {
    const fs::path clean = without_trailing_slash(target);
    if (fs::exists(fs::symlink_status(clean)) && !overwrite) {
        fail(ErrorCode::Usage, join(clean.string(), " exists already."),
             "Choose another path, or give --overwrite to replace it as a whole.");
    }
    const fs::path parent = parent_of(clean);
    if (!fs::is_directory(parent)) {
        fail(ErrorCode::WriteFailed, join("The folder ", parent.string(), " does not exist."), "Create it first.");
    }
    if (::access(parent.c_str(), W_OK) != 0) cannot_write(clean, errno);
}

namespace {

/// Partial folders of programs that were killed while they wrote this one.
void remove_left_overs(const fs::path& target) {
    const std::string prefix = target.filename().string() + ".partial-";
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(parent_of(target), ignored)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(prefix)) continue;
        const std::string digits = name.substr(prefix.size());
        pid_t pid = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
        if (error != std::errc() || end != digits.data() + digits.size() || pid <= 0) continue;
        if (::kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
    }
}

}  // namespace

void publish_folder(const fs::path& target, bool overwrite, const std::function<void(const fs::path&)>& fill) {
    const fs::path clean = without_trailing_slash(target);
    check_output_path(clean, overwrite);
    remove_left_overs(clean);
    const fs::path partial = clean.string() + ".partial-" + std::to_string(::getpid());
    Remover remover(partial);
    std::error_code error;
    fs::remove_all(partial, error);
    if (!fs::create_directory(partial, error)) cannot_write(clean, error.value());
    fill(partial);
    sync_tree(partial);
    if (!fs::exists(clean)) {
        rename_over(partial, clean);
        remover.release();
        return;
    }
    // The old folder steps aside first, so that there is always one whole folder on the disk.
    const fs::path old = clean.string() + ".old-" + std::to_string(::getpid());
    rename_over(clean, old);
    rename_over(partial, clean);
    remover.release();
    fs::remove_all(old, error);
}

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "molt-XXXXXX").string();
    std::vector<char> name(pattern.begin(), pattern.end());
    name.push_back('\0');
    if (::mkdtemp(name.data()) == nullptr) cannot_write(pattern, errno);
    path_ = name.data();
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

}  // namespace molt
