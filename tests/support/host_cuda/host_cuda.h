// CUDA on the CPU, for tests: gives meaning to CUDA's words and runs a kernel's own source, one fiber a thread.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Include it before a .cu file in a test. Blocks run one after another; the threads of a block are fibers that change
// only at barriers and shuffles, in the order that the test sets. What must hold on a GPU whatever the order is thereby
// checked: run in several orders and require equal bits. It shows wrong answers, missing barriers, shuffles with
// missing lanes and accesses outside GuardedBuffers; it does not show speed, bank conflicts or races between blocks
// that run at the same time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>

#define MOLT_HOST_CUDA 1
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define MOLT_SHARED(Type, name) \
    Type& name = *static_cast<Type*>(::molt::host_cuda::static_shared(__LINE__, sizeof(Type), alignof(Type)))

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned nx = 1, unsigned ny = 1, unsigned nz = 1) : x(nx), y(ny), z(nz) {}
};

// The shim runs one launch at a time, on one thread of the test.
inline dim3 threadIdx, blockIdx, blockDim, gridDim;

using std::max;
using std::min;

namespace molt::host_cuda {

/// A kernel broke a rule that a GPU may punish with a hang or garbage; what() names block, thread and rule.
class Violation : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class Order { Forward, Reverse, Random };
/// The order of blocks and of the fibers of a block in the launches that follow.
void set_order(Order order, std::uint64_t seed = 0);

/// Runs body() for every thread of the grid. Throws Violation; nothing of the launch runs on after that.
void run_grid(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes, const std::function<void()>& body);

// What the words below mean; called from kernels only.
void block_barrier();
void warp_barrier(unsigned mask);
/// Hands `value` to the warp and waits for every lane of `mask`; returns what `source_lane` handed over.
void exchange(unsigned mask, int source_lane, const void* value, void* result, std::size_t size);
unsigned vote(unsigned mask, bool predicate);
int lane_id();
void* static_shared(int line, std::size_t size, std::size_t alignment);
void* dynamic_shared_memory();
/// Throws Violation if the address is not a multiple of `alignment`.
void require_aligned(const void* address, std::size_t alignment);

/// The launch of cuda/common.cuh.
template <class Params, class Shape, class Stream>
int launch(void (*kernel)(Params), const Shape& shape, Stream, const std::type_identity_t<Params>& params) {
    run_grid(shape.grid, shape.block, shape.dynamic_shared_bytes, [&] { kernel(params); });
    return 0;
}

template <class T>
T exchanged(unsigned mask, T value, int source_lane) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
    T result;
    exchange(mask, source_lane, &value, &result, sizeof value);
    return result;
}

}  // namespace molt::host_cuda

namespace molt::cuda {
template <class T>
T* dynamic_shared() {
    return static_cast<T*>(host_cuda::dynamic_shared_memory());
}
}  // namespace molt::cuda

inline void __syncthreads() { molt::host_cuda::block_barrier(); }
inline void __syncwarp(unsigned mask = 0xffffffffu) { molt::host_cuda::warp_barrier(mask); }
inline void __threadfence() {}

template <class T>
T __shfl_sync(unsigned mask, T value, int source) {
    return molt::host_cuda::exchanged(mask, value, source & 31);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask) {
    return molt::host_cuda::exchanged(mask, value, molt::host_cuda::lane_id() ^ lane_mask);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta) {
    const int source = molt::host_cuda::lane_id() - static_cast<int>(delta);
    return molt::host_cuda::exchanged(mask, value, source < 0 ? molt::host_cuda::lane_id() : source);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta) {
    const int source = molt::host_cuda::lane_id() + static_cast<int>(delta);
    return molt::host_cuda::exchanged(mask, value, source > 31 ? molt::host_cuda::lane_id() : source);
}
inline unsigned __ballot_sync(unsigned mask, int predicate) { return molt::host_cuda::vote(mask, predicate != 0); }
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) == mask; }

// Fibers change only at barriers, so a plain read and write is atomic here.
template <class T>
T atomicAdd(T* address, std::type_identity_t<T> value) {
    const T old = *address;
    *address = old + value;
    return old;
}
template <class T>
T atomicMax(T* address, std::type_identity_t<T> value) {
    const T old = *address;
    *address = old < value ? value : old;
    return old;
}
/// old >= limit ? 0 : old + 1: the counter of "last block".
inline unsigned atomicInc(unsigned* address, unsigned limit) {
    const unsigned old = *address;
    *address = old >= limit ? 0 : old + 1;
    return old;
}
template <class T>
T atomicCAS(T* address, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
    const T old = *address;
    if (old == expected) *address = value;
    return old;
}
