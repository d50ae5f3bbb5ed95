// Initialisations side by side: held-out KL and perplexity of a fresh hybrid before any training.
// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: bench_init TEACHER TEXT [ATTENTION, as 1,3 or 0.5] [SEEDS]
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "core/base/error.h"
#include "core/base/platform.h"
#include "core/base/text.h"
#include "core/data/corpus.h"
#include "core/data/packing.h"
#include "core/eval/evaluators.h"
#include "core/model/checkpoint.h"
#include "core/model/convert.h"
#include "tests/support/bench_main.h"

namespace {

using namespace molt;

std::vector<Batch> held_out_batches(const std::string& teacher, const std::string& text) {
    DataSource source;
    source.path = text;
    HeldOut share;
    share.share = 0.05;
    const auto tokenizer = Tokenizer::load(find_tokenizer(teacher, {}));
    const auto corpora = read_corpora(source, share, *tokenizer, ChatTemplate::named("plain"));
    return evaluation_batches(corpora.held_out, 8, 256, 8192);
}

int run(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: bench_init TEACHER TEXT [ATTENTION] [SEEDS]\n");
        return 2;
    }
    const at::NoGradGuard no_grad;
    at::set_num_threads(1);
    const Checkpoint teacher = Checkpoint::load(argv[1]);
    const HybridModel original(teacher.config, teacher.params);
    const std::vector<Batch> batches = held_out_batches(argv[1], argv[2]);
    const AttentionChoice choice = AttentionChoice::parse(argc > 3 ? argv[3] : "0.5");
    const int seeds = argc > 4 ? std::atoi(argv[4]) : 1;
    std::printf("teacher: perplexity %.3f\n", std::exp(score(original, nullptr, batches).loss));
    for (const MixerKind kind : {MixerKind::Mamba1, MixerKind::Mamba2}) {
        for (const char* init : {"random", "copy", "calibrated"}) {
            for (int seed = 1; seed <= seeds; ++seed) {
                ConvertOptions options;
                options.mixers = place_layers(teacher.config.num_layers(), choice, "uniform", kind);
                options.init = init;
                options.seed = static_cast<std::uint64_t>(seed);
                const double start = steady_clock();
                const Converted made = convert(teacher.config, teacher.params, options);
                const double seconds = steady_clock() - start;
                const LanguageScore found = score(HybridModel(made.config, made.params), &original, batches);
                std::printf("%s %-10s seed %d: KL %.4f, perplexity %.2f, made in %.1f s\n",
                            std::string(mixer_name(kind)).c_str(), init, seed, found.kl, std::exp(found.loss), seconds);
                std::fflush(stdout);
            }
        }
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return molt::bench_main(argc, argv, run); }
