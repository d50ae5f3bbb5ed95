// A few rows times the matrices of a decoding step: ops::linear against LibTorch's, times and ratios.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/kernels/kernels.h"
#include "core/ops/linear.h"
#include "tests/support/paired_rounds.h"

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5;
    if (argc > 2) at::set_num_threads(std::max(1, std::atoi(argv[2])));
    const at::NoGradGuard no_gradients;
    at::manual_seed(1);
    std::printf("kernels: %s, threads: %d, float32, median of %d paired rounds\n",
                std::string(molt::kernels::simd_level()).c_str(), at::get_num_threads(), rounds);
    std::printf("%-22s %5s %12s %12s %8s %8s\n", "outputs x inputs", "rows", "LibTorch ms", "ours ms", "ratio", "GB/s");
    for (const auto& [outputs, inputs] :
         {std::array<std::int64_t, 2>{64, 64}, {512, 128}, {1024, 256}, {4096, 1024}, {32000, 1024}}) {
        // Several copies, so that a large matrix comes from memory as it does in a model.
        std::vector<at::Tensor> weights;
        for (std::int64_t bytes = 0; bytes < (std::int64_t{64} << 20); bytes += outputs * inputs * 4)
            weights.push_back(at::randn({outputs, inputs}));
        for (const std::int64_t rows : {1, 2, 4, 8, 16}) {
            const at::Tensor x = at::randn({rows, inputs});
            std::size_t turn = 0;
            const auto next = [&]() -> const at::Tensor& { return weights[turn++ % weights.size()]; };
            const auto times = molt::testing::paired_rounds([&] { at::linear(x, next()); },
                                                            [&] { molt::ops::linear(x, next()); }, rounds);
            std::printf("%-22s %5d %12.4f %12.4f %8.1f %8.1f\n",
                        (std::to_string(outputs) + " x " + std::to_string(inputs)).c_str(), static_cast<int>(rows),
                        times.slow_ms, times.fast_ms, times.ratio,
                        static_cast<double>(outputs * inputs * 4) / times.fast_ms / 1e6);
        }
    }
}
