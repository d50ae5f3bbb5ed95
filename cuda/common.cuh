// The few words in which kernels are written, so that nvcc and the CUDA-on-CPU shim of the tests understand the same
// source. SPDX-License-Identifier: GPL-3.0-or-later
//
// A kernel uses these wrappers and plain CUDA names (threadIdx, blockIdx, __syncthreads); nothing else of CUDA's own.
// The shim (tests/support/host_cuda) is included before this file and defines MOLT_HOST_CUDA.
#pragma once

#if !defined(MOLT_HOST_CUDA)
#include <cuda_runtime.h>
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/kernels/kernels_common.h"

namespace molt::cuda {

inline constexpr int kWarpSize = 32;
inline constexpr unsigned kFullWarp = 0xffffffffu;

/// 16 bytes: the widest access of one lane.
template <class T>
struct alignas(16) Vec {
    static constexpr int kSize = 16 / static_cast<int>(sizeof(T));
    T lane[kSize];
};

/// 16-byte load and store; the address must be aligned to 16 bytes (the shim checks it).
template <class T>
__device__ inline Vec<T> load_vec(const T* from) {
#if defined(MOLT_HOST_CUDA)
    host_cuda::require_aligned(from, 16);
    Vec<T> value;
    memcpy(&value, from, sizeof value);
    return value;
#else
    return *reinterpret_cast<const Vec<T>*>(from);
#endif
}
template <class T>
__device__ inline void store_vec(T* to, const Vec<T>& value) {
#if defined(MOLT_HOST_CUDA)
    host_cuda::require_aligned(to, 16);
    memcpy(to, &value, sizeof value);
#else
    *reinterpret_cast<Vec<T>*>(to) = value;
#endif
}

/// Sum over groups of `lanes` neighbouring lanes (a power of two <= 32); every lane of the warp calls it and receives
/// the sum of its group. The order of additions depends on nothing but `lanes`.
template <class T>
__device__ inline T warp_sum(T value, int lanes) {
    for (int offset = lanes / 2; offset > 0; offset /= 2) value += __shfl_xor_sync(kFullWarp, value, offset);
    return value;
}

__device__ inline float silu(float x) { return x / (1.0f + expf(-x)); }
__device__ inline float softplus(float x) { return x > 20.0f ? x : log1pf(expf(x)); }

struct LaunchShape {
    dim3 grid, block;
    std::size_t dynamic_shared_bytes = 0;
};

// g++ cannot parse <<<>>>, so this is the only launch in the tree. Returns a cudaError_t, 0 for success.
#if defined(MOLT_HOST_CUDA)
using host_cuda::launch;
#else
template <class Params>
int launch(void (*kernel)(Params), const LaunchShape& shape, cudaStream_t stream, const Params& params) {
    kernel<<<shape.grid, shape.block, shape.dynamic_shared_bytes, stream>>>(params);
    return static_cast<int>(cudaGetLastError());
}

/// `MOLT_SHARED(Type, name);` at the top of a kernel: one object per block. The shim fills it with NaN before each
/// block.
#define MOLT_SHARED(Type, name) __shared__ Type name

/// Dynamic shared memory of the launch, as elements of T.
template <class T>
__device__ T* dynamic_shared() {
    extern __shared__ __align__(16) unsigned char molt_dynamic_shared[];
    return reinterpret_cast<T*>(molt_dynamic_shared);
}
#endif

}  // namespace molt::cuda
