// libmolt_cuda's table of functions, and the probe for a usable device.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cuda/api.h"

#include "cuda/common.cuh"

namespace molt::cuda {
namespace {

bool available() {
    int devices = 0;
    const bool usable = cudaGetDeviceCount(&devices) == cudaSuccess && devices > 0;
    // A failed probe leaves its code behind for the next cudaGetLastError of a launch.
    if (!usable) static_cast<void>(cudaGetLastError());
    return usable;
}

const char* error_text(int code) {
    if (code == kBadShape) return "the sizes or the alignment are not covered by this kernel";
    return cudaGetErrorString(static_cast<cudaError_t>(code));
}

constexpr Api kApi = {kApiVersion, available, error_text, state_update<float>, state_update<kernels::Bf16>};

}  // namespace

extern "C" __attribute__((visibility("default"))) const Api* molt_cuda_api() { return &kApi; }

}  // namespace molt::cuda
