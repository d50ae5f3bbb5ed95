// Finds the CUDA driver and libmolt_cuda.so at run time, so that a program built with kernels starts on every machine.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "core/base/log.h"
#include "core/base/platform.h"
#include "core/base/text.h"
#include "cuda/api.h"

namespace molt::cuda {
namespace {

std::filesystem::path library_path() {
    if (const char* chosen = std::getenv("MOLT_CUDA_LIBRARY")) return chosen;
    return executable_folder() / "libmolt_cuda.so";
}

const Api* open_library() {
    // Without a driver the kernels could only fail; not even the library is opened then.
    if (dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL) == nullptr) return nullptr;
    const std::filesystem::path path = library_path();
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        log::warn("cuda", join("A driver is present, but the kernels cannot be opened: ", dlerror()));
        return nullptr;
    }
    const auto table = reinterpret_cast<const Api* (*)()>(dlsym(library, "molt_cuda_api"));
    const Api* found = table != nullptr ? table() : nullptr;
    if (found == nullptr || found->version != kApiVersion) {
        log::warn("cuda", join(path.string(), " belongs to another version of Molt; the CPU is used."));
        return nullptr;
    }
    return found->available() ? found : nullptr;
}

}  // namespace

const Api* api() {
    static const Api* const table = open_library();
    return table;
}

}  // namespace molt::cuda
