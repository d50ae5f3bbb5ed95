// Linux answers: /proc, statfs, XDG folders.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/platform.h"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::string first_line(const fs::path& path) {
    std::ifstream in(path);
    std::string line;
    std::getline(in, line);
    return line;
}

fs::path nearest_existing(fs::path path) {
    std::error_code error;
    path = fs::absolute(path, error);
    while (!path.empty() && !fs::exists(path, error) && path != path.parent_path()) path = path.parent_path();
    return path;
}

}  // namespace

std::string process_identity(std::int64_t pid) {
    if (pid <= 0) return {};
    const std::string stat = first_line(join("/proc/", pid, "/stat"));
    // The program's name may hold blanks and brackets; fields are counted after its last bracket.
    const std::size_t bracket = stat.rfind(')');
    if (bracket == std::string::npos) return {};
    std::istringstream fields(stat.substr(bracket + 1));
    std::string field, start;
    constexpr int kStateField = 3, kStartTimeField = 22;
    for (int index = kStateField; index <= kStartTimeField && fields >> field; ++index) {
        if (index == kStateField && field == "Z") return {};
        start = field;
    }
    return first_line("/proc/sys/kernel/random/boot_id") + "/" + start;
}

std::int64_t current_pid() { return ::getpid(); }

fs::path user_data_folder() {
    const std::string data = environment("XDG_DATA_HOME");
    if (!data.empty()) return fs::path(data) / "molt";
    const std::string home = environment("HOME");
    return (home.empty() ? fs::temp_directory_path() : fs::path(home) / ".local" / "share") / "molt";
}

fs::path default_database_path() {
    const std::string chosen = environment("MOLT_DB");
    return chosen.empty() ? user_data_folder() / "molt.db" : fs::path(chosen);
}

fs::path executable_folder() {
    std::error_code error;
    return fs::read_symlink("/proc/self/exe", error).parent_path();
}

fs::path resource_path(const std::string& name) {
    std::vector<fs::path> roots;
    if (const std::string chosen = environment("MOLT_RESOURCES"); !chosen.empty()) roots.emplace_back(chosen);
    roots.push_back(executable_folder() / ".." / "share" / "molt");
    roots.emplace_back(MOLT_RESOURCE_DIR);
    for (const auto& root : roots) {
        if (fs::exists(root / name)) return root / name;
    }
    fail(ErrorCode::NotFound, join("Molt's own file ", name, " is not installed."),
         "Reinstall Molt, or point MOLT_RESOURCES at the resources folder.");
}

bool on_network_filesystem(const fs::path& path) {
    struct statfs info {};
    if (::statfs(nearest_existing(path).c_str(), &info) != 0) return false;
    constexpr std::array<long, 5> network = {0x6969 /* nfs */, 0xFF534D42 /* cifs */, 0x517B /* smb */,
                                             0xFE534D42 /* smb2 */, 0x5346414F /* afs */};
    for (const long magic : network) {
        if (static_cast<unsigned long>(info.f_type) == static_cast<unsigned long>(magic)) return true;
    }
    return false;
}

std::int64_t free_disk_bytes(const fs::path& path) {
    struct statvfs info {};
    if (::statvfs(nearest_existing(path).c_str(), &info) != 0) return 0;
    return static_cast<std::int64_t>(info.f_bavail) * static_cast<std::int64_t>(info.f_frsize);
}

std::int64_t peak_resident_bytes() {
    struct rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

void make_children_wait_asleep() { ::setenv("OMP_WAIT_POLICY", "passive", 0); }

double wall_clock() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double steady_clock() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace molt
