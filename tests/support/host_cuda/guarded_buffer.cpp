// Forbidden pages around the buffers of a kernel under test, and the handler that names the buffer that was left.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/host_cuda/guarded_buffer.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <map>
#include <new>

namespace molt::host_cuda {
namespace {

constexpr unsigned char kCanary = 0xa5;
constexpr std::size_t kAlignment = 16;

struct Region {
    std::size_t bytes;
    std::string name;
};
std::map<std::uintptr_t, Region>& regions() {
    static std::map<std::uintptr_t, Region> all;
    return all;
}

/// Runs on the fiber that made the access; the process ends here, so reading the map is as safe as it needs to be.
void on_fault(int signal, siginfo_t* info, void*) {
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    auto region = regions().upper_bound(address);
    if (region != regions().begin() && address < std::prev(region)->first + std::prev(region)->second.bytes) {
        const std::string line = "host_cuda: access outside " + std::prev(region)->second.name + "\n";
        [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
        _exit(kAccessOutside);
    }
    std::signal(signal, SIG_DFL);
}

void install_handler() {
    static const bool installed = [] {
        struct sigaction action = {};
        action.sa_sigaction = on_fault;
        action.sa_flags = SA_SIGINFO;
        return sigaction(SIGSEGV, &action, nullptr) == 0;
    }();
    static_cast<void>(installed);
}

}  // namespace

GuardedMemory::GuardedMemory(std::string name, std::size_t bytes, Guard guard) : name_(std::move(name)), bytes_(bytes) {
    install_handler();
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t padded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    const std::size_t inner = (padded + page - 1) / page * page;
    mapped_bytes_ = inner + 2 * page;
    void* pages = mmap(nullptr, mapped_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    pages_ = static_cast<char*>(pages);
    if (inner > 0 && mprotect(pages_ + page, inner, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
    std::memset(pages_ + page, kCanary, inner);
    data_ = guard == Guard::Before ? pages_ + page : pages_ + page + inner - padded;
    regions()[reinterpret_cast<std::uintptr_t>(pages_)] = {mapped_bytes_, name_};
}

GuardedMemory::~GuardedMemory() {
    regions().erase(reinterpret_cast<std::uintptr_t>(pages_));
    munmap(pages_, mapped_bytes_);
}

bool GuardedMemory::intact() const {
    const std::size_t padded = (bytes_ + kAlignment - 1) / kAlignment * kAlignment;
    return std::all_of(data_ + bytes_, data_ + padded,
                       [](char byte) { return static_cast<unsigned char>(byte) == kCanary; });
}

}  // namespace molt::host_cuda
