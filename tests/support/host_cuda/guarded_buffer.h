// Memory with a forbidden page right behind (or before) it: an access outside ends the test with a line that names it.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace molt::host_cuda {

enum class Guard { Behind, Before };

/// Anonymous pages with the data flush against a forbidden page; the rest is a canary. Aligned to 16 bytes.
class GuardedMemory {
public:
    GuardedMemory(std::string name, std::size_t bytes, Guard guard);
    ~GuardedMemory();
    GuardedMemory(const GuardedMemory&) = delete;
    GuardedMemory& operator=(const GuardedMemory&) = delete;
    void* data() const { return data_; }
    /// False if bytes between the data and the end of its last 16-byte unit were written.
    bool intact() const;

private:
    std::string name_;
    char *pages_, *data_;
    std::size_t mapped_bytes_, bytes_;
};

/// An array for a kernel, filled with `values` (or all bits set: NaN). On an access outside, the process prints
/// "host_cuda: access outside NAME" and exits with kAccessOutside.
template <class T>
class GuardedBuffer {
public:
    GuardedBuffer(const std::string& name, std::size_t count, Guard guard)
        : memory_(name, count * sizeof(T), guard), count_(count) {
        std::memset(memory_.data(), 0xff, count * sizeof(T));
    }
    GuardedBuffer(const std::string& name, const std::vector<T>& values, Guard guard)
        : memory_(name, values.size() * sizeof(T), guard), count_(values.size()) {
        std::memcpy(memory_.data(), values.data(), values.size() * sizeof(T));
    }
    T* data() const { return static_cast<T*>(memory_.data()); }
    std::vector<T> values() const { return std::vector<T>(data(), data() + count_); }
    bool intact() const { return memory_.intact(); }

private:
    GuardedMemory memory_;
    std::size_t count_;
};

inline constexpr int kAccessOutside = 86;

}  // namespace molt::host_cuda
