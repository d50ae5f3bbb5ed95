// The CUDA twins of core/kernels, as a table that is fetched from libmolt_cuda.so at run time. No CUDA header, no
// LibTorch. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/state_update.h"

struct CUstream_st;

namespace molt::cuda {

/// cudaStream_t; nullptr is the default stream.
using Stream = CUstream_st*;

/// Result of a launch: 0 is success, kBadShape a struct that the kernel does not cover, else a cudaError_t.
inline constexpr int kBadShape = -1;

/// Functions of libmolt_cuda.so. Launches are asynchronous; pointers in the structs are device memory; nothing
/// allocates.
struct Api {
    int version;  ///< kApiVersion of the build
    /// True if a driver and at least one device are usable. Never throws, never aborts.
    bool (*available)();
    /// English text for a launch result.
    const char* (*error_text)(int code);
    int (*state_update_f32)(const kernels::StateUpdate<float>&, Stream);
    int (*state_update_bf16)(const kernels::StateUpdate<kernels::Bf16>&, Stream);
};
inline constexpr int kApiVersion = 1;

/// The Mamba-2 decode step (core/kernels/state_update.h). Needs N divisible by 4 and N <= 256, the state aligned to 16
/// bytes; otherwise kBadShape. One token in several launches or several tokens in one give equal bits.
template <class T>
int state_update(const kernels::StateUpdate<T>& params, Stream stream);

/// The table of this library; what the loader looks up.
extern "C" const Api* molt_cuda_api();

/// Opens libmolt_cuda.so beside the program (or at $MOLT_CUDA_LIBRARY) where a driver is present. Returns nullptr
/// without a driver, without the library, or if it is of another version; then the CPU is used. Looks once per process.
const Api* api();

}  // namespace molt::cuda
