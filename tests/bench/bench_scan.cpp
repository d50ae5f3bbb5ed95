// Scan and SSD, forward and backward at T = 512, against loops of tensor operations over tokens: prints times and
// ratios. SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/kernels/kernels.h"
#include "core/ops/ssm.h"
#include "tests/support/paired_rounds.h"
#include "tests/support/scan_reference.h"

namespace {

using namespace molt;
using Inputs = std::vector<at::Tensor>;
using Form = ops::ScanResult (*)(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                 const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&);

constexpr std::int64_t kTokens = 512;

Inputs leaves(Inputs in) {
    for (at::Tensor& t : in) t.set_requires_grad(true);
    return in;
}

Inputs ssd_inputs(std::int64_t B, std::int64_t H, std::int64_t P) {
    const std::int64_t K = H % 4 == 0 ? H / 2 : H;
    return leaves({at::randn({B, kTokens, K, P}), at::rand({B, kTokens, H}) * 0.1 + 0.001, -at::rand({H}) * 8.0 - 1.0,
                   at::randn({B, kTokens, K, P}), at::randn({B, kTokens, H, P}), at::randn({H})});
}

Inputs scan_inputs(std::int64_t B, std::int64_t C) {
    return leaves({at::randn({B, kTokens, C}), at::rand({B, kTokens, C}) * 0.1 + 0.001, -at::rand({C, 16}) * 8.0 - 1.0,
                   at::randn({B, kTokens, C / 32, 16}), at::randn({B, kTokens, C / 16, 16}), at::randn({C})});
}

void forward_backward(Form form, const Inputs& in) {
    for (const at::Tensor& t : in) t.mutable_grad() = at::Tensor();
    form(in[0], in[1], in[2], in[3], in[4], in[5], {}, {}).y.sum().backward();
}

/// Prints one line; true if the kernel is at least 10 times as fast.
bool compare(const std::string& name, Form loop, Form kernel, const Inputs& in, int rounds) {
    const auto times =
        testing::paired_rounds([&] { forward_backward(loop, in); }, [&] { forward_backward(kernel, in); }, rounds);
    std::printf("%-34s %10.2f %10.2f %8.1f  (%.1f .. %.1f)\n", name.c_str(), times.slow_ms, times.fast_ms, times.ratio,
                times.lowest_ratio, times.highest_ratio);
    return times.ratio >= 10.0;
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5;
    if (argc > 2) at::set_num_threads(std::max(1, std::atoi(argv[2])));
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    at::manual_seed(1);
    std::printf("kernels: %s, threads: %d, T = %lld, forward + backward, median of %d paired rounds\n",
                std::string(kernels::simd_level()).c_str(), at::get_num_threads(), static_cast<long long>(kTokens),
                rounds);
    std::printf("%-34s %10s %10s %8s\n", "", "loop ms", "kernel ms", "ratio");
    bool good = true;
    for (const auto& [B, H, P] :
         {std::array<std::int64_t, 3>{8, 8, 8}, {8, 8, 16}, {8, 6, 32}, {2, 6, 48}, {2, 12, 64}}) {
        const std::string name =
            "Mamba-2, " + std::to_string(B) + " rows, " + std::to_string(H) + " heads of " + std::to_string(P) + "^2";
        good = compare(name, testing::reference_ssd, ops::ssd, ssd_inputs(B, H, P), rounds) && good;
    }
    for (const auto& [B, C] : {std::array<std::int64_t, 2>{8, 64}, {2, 768}}) {
        const std::string name = "Mamba-1, " + std::to_string(B) + " rows, " + std::to_string(C) + " channels";
        good = compare(name, testing::reference_scan, ops::selective_scan, scan_inputs(B, C), rounds) && good;
    }
    std::printf("%s\n", good ? "all ratios are at least 10" : "a ratio is below 10");
    return good ? 0 : 1;
}
