// The git revision comes from the build, the CUDA facts from asking the loader.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/version.h"

#include <torch/csrc/api/include/torch/version.h>

#include "core/base/text.h"
#include "cuda/api.h"

namespace molt::app {

std::string code_version() { return join(MOLT_VERSION, " (git ", MOLT_GIT_REVISION, ")"); }

std::string version_text() {
    const cuda::Api* api = cuda::api();
    const bool usable = api != nullptr && api->available();
    return join("molt ", code_version(), "\nLibTorch ", TORCH_VERSION, "\nCUDA kernels: ", MOLT_CUDA_BUILD,
                "\nDevice: ", usable ? "cuda usable" : "cpu (no usable CUDA device)");
}

}  // namespace molt::app
