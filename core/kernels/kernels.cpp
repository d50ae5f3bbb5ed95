// Chooses the kernels by what the CPU can run, and the sizes that callers and kernels must agree on.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/kernels.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt::kernels {

namespace generic {
template <class T>
KernelTable<T> table();
}
#ifdef MOLT_SIMD_X86
namespace avx2 {
template <class T>
KernelTable<T> table();
}
namespace avx512 {
template <class T>
KernelTable<T> table();
}
#endif

namespace {

std::string_view choose_level() {
    const std::vector<std::string_view> levels = simd_levels();
    const char* wish = std::getenv("MOLT_SIMD");
    if (wish == nullptr || *wish == '\0') return levels.back();
    const auto found = std::ranges::find(levels, std::string_view(wish));
    if (found == levels.end()) {
        fail(ErrorCode::BadConfig, join("MOLT_SIMD=", wish, ": this CPU has no such kernels"),
             "unset MOLT_SIMD, or set it to generic, avx2 or avx512");
    }
    return *found;
}

}  // namespace

std::int64_t SsdSizes::heads_per_unit() const { return std::lcm(std::lcm(H / groups_x, H / groups_B), H / groups_C); }

std::int64_t ScanSizes::channels_per_unit() const { return std::lcm(C / groups_B, C / groups_C); }

std::vector<std::string_view> simd_levels() {
    std::vector<std::string_view> levels{"generic"};
#ifdef MOLT_SIMD_X86
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) levels.push_back("avx2");
    if (levels.size() == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
        levels.push_back("avx512");
    }
#endif
    return levels;
}

std::string_view simd_level() {
    static const std::string_view level = choose_level();
    return level;
}

template <class T>
KernelTable<T> kernels_at(std::string_view level) {
#ifdef MOLT_SIMD_X86
    if (level == "avx512") return avx512::table<T>();
    if (level == "avx2") return avx2::table<T>();
#endif
    MOLT_ASSERT(level == "generic");
    return generic::table<T>();
}

template <class T>
const KernelTable<T>& kernels() {
    static const KernelTable<T> table = kernels_at<T>(simd_level());
    return table;
}

template KernelTable<float> kernels_at<float>(std::string_view);
template KernelTable<double> kernels_at<double>(std::string_view);
template const KernelTable<float>& kernels<float>();
template const KernelTable<double>& kernels<double>();

}  // namespace molt::kernels
