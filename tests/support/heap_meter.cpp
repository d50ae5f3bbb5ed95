// malloc and its relatives in front of glibc's own. Sanitizers bring their own malloc; then nothing is replaced.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/heap_meter.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>

namespace {

std::atomic<std::ptrdiff_t> held_bytes{0}, start_bytes{0}, peak_bytes{0};
std::atomic<std::ptrdiff_t> limit_bytes{PTRDIFF_MAX};
std::atomic<bool> refused{false};

}  // namespace

namespace molt::testing {

void start_heap_meter(std::size_t limit) {
    start_bytes = held_bytes.load();
    peak_bytes = held_bytes.load();
    refused = false;
    limit_bytes = static_cast<std::ptrdiff_t>(limit);
}

HeapReport stop_heap_meter() {
    limit_bytes = PTRDIFF_MAX;
    return {static_cast<std::size_t>(std::max<std::ptrdiff_t>(peak_bytes - start_bytes, 0)), refused};
}

}  // namespace molt::testing

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}

namespace {

bool allowed(std::size_t bytes) {
    const std::ptrdiff_t limit = limit_bytes;
    if (limit == PTRDIFF_MAX) return true;
    const bool fits = bytes <= static_cast<std::size_t>(limit) &&
                      held_bytes - start_bytes + static_cast<std::ptrdiff_t>(bytes) <= limit;
    if (!fits) {
        refused = true;
        errno = ENOMEM;
    }
    return fits;
}

void* counted(void* memory) {
    if (memory == nullptr) return nullptr;
    const std::ptrdiff_t now = held_bytes += static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
    if (now > peak_bytes) peak_bytes = now;
    return memory;
}

void uncounted(void* memory) {
    if (memory != nullptr) held_bytes -= static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
}

}  // namespace

extern "C" {

void* malloc(std::size_t bytes) noexcept { return allowed(bytes) ? counted(__libc_malloc(bytes)) : nullptr; }
void free(void* memory) noexcept {
    uncounted(memory);
    __libc_free(memory);
}
void* calloc(std::size_t count, std::size_t bytes) noexcept {
    std::size_t total = 0;
    if (__builtin_mul_overflow(count, bytes, &total)) total = SIZE_MAX;
    return allowed(total) ? counted(__libc_calloc(count, bytes)) : nullptr;
}
void* realloc(void* memory, std::size_t bytes) noexcept {
    if (!allowed(bytes)) return nullptr;
    uncounted(memory);
    void* moved = __libc_realloc(memory, bytes);
    if (moved == nullptr && bytes != 0) counted(memory);
    return counted(moved);
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
    return allowed(bytes) ? counted(__libc_memalign(alignment, bytes)) : nullptr;
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept { return memalign(alignment, bytes); }
int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept {
    *memory = memalign(alignment, bytes);
    return *memory != nullptr ? 0 : ENOMEM;
}

}  // extern "C"

#endif
