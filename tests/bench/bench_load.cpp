// Loading a model folder, timed on request; and synthetic Llama folders to load and convert.
// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: bench_load make FOLDER LAYERS HIDDEN VOCAB float32|bfloat16
//        bench_load serve FOLDER: for every line on stdin loads the folder and prints the seconds that took
// Driven by tests/bench/bench_weights.py, which compares with the safetensors package.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "core/base/error.h"
#include "core/base/platform.h"
#include "core/model/checkpoint.h"
#include "core/model/tensor_list.h"
#include "tests/support/bench_main.h"

namespace {

/// The shape of Llama 3.2 1B for 16 layers of 2048: heads of 64, a quarter of them for keys, MLP four times as wide.
molt::ModelConfig synthetic_config(std::int64_t layers, std::int64_t hidden, std::int64_t vocabulary) {
    molt::ModelConfig config;
    config.hidden_size = hidden;
    config.intermediate_size = 4 * hidden;
    config.vocab_size = vocabulary;
    config.tie_embeddings = true;
    config.attention.head_dim = 64;
    config.attention.num_heads = hidden / 64;
    config.attention.num_kv_heads = config.attention.num_heads / 4;
    config.mixers.assign(static_cast<std::size_t>(layers), molt::MixerKind::Attention);
    config.derive_mamba_sizes();
    config.validate();
    return config;
}

/// Rows of one random block, so that the numbers cost no time.
int make(const std::string& folder, const molt::ModelConfig& config, at::ScalarType type) {
    const at::Tensor noise =
        at::randn({std::int64_t{1} << 16}, at::TensorOptions().dtype(at::kFloat)).mul_(0.02).to(type);
    molt::ParamSet params;
    for (const auto& [name, shape] : molt::expected_tensors(config)) {
        const std::int64_t width = shape.back(), rows = shape.size() == 2 ? shape[0] : 1;
        at::Tensor tensor = noise.narrow(0, 0, width).expand({rows, width});
        params.add(name, shape.size() == 2 ? tensor : tensor.squeeze(0));
    }
    std::filesystem::create_directories(folder);
    molt::Checkpoint::write_files(folder, config, params, nullptr);
    std::printf("%lld parameters in %s\n", static_cast<long long>(params.num_elements()), folder.c_str());
    return 0;
}

int serve(const std::string& folder) {
    char line[64];
    while (std::fgets(line, sizeof(line), stdin) != nullptr) {
        const double start = molt::steady_clock();
        const molt::Checkpoint checkpoint = molt::Checkpoint::load(folder, "stored");
        std::printf("%.6f\n", molt::steady_clock() - start);
        std::fflush(stdout);
    }
    return 0;
}

int run(int argc, char** argv) {
    const std::string mode = argc > 2 ? argv[1] : "";
    const at::NoGradGuard no_grad;
    if (mode == "serve" && argc == 3) return serve(argv[2]);
    if (mode == "make" && argc == 7) {
        const auto type = std::strcmp(argv[6], "bfloat16") == 0 ? at::kBFloat16 : at::kFloat;
        return make(argv[2], synthetic_config(std::atoll(argv[3]), std::atoll(argv[4]), std::atoll(argv[5])), type);
    }
    std::fprintf(stderr, "usage: bench_load make FOLDER LAYERS HIDDEN VOCAB float32|bfloat16 | serve FOLDER\n");
    return 2;
}

}  // namespace

int main(int argc, char** argv) { return molt::bench_main(argc, argv, run); }
