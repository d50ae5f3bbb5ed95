// Speed of tokenizers, one thread: MB/s of encoding a text file line by line and as a whole, and of decoding.
// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: bench_tokenizer TOKENIZER TEXT [REPEATS]. Compare with: python tests/support/tokenizer_reference.py time
// TOKENIZER TEXT
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"
#include "core/text/tokenizer.h"
#include "tests/support/bench_main.h"

namespace {

double seconds_of(int repeats, const std::function<void()>& work) {
    double best = 1e9;
    for (int i = 0; i < repeats; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        work();
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    return best;
}

int run(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: bench_tokenizer TOKENIZER TEXT [REPEATS]\n");
        return 2;
    }
    const int repeats = argc > 3 ? std::atoi(argv[3]) : 3;
    std::shared_ptr<const molt::Tokenizer> tokenizer;
    const double load = seconds_of(1, [&] { tokenizer = molt::Tokenizer::load(argv[1]); });
    const std::string text = molt::read_file(argv[2]);
    const auto lines = molt::split(text, '\n');
    std::size_t tokens = 0;
    const double by_line = seconds_of(repeats, [&] {
        tokens = 0;
        for (const auto& line : lines) tokens += tokenizer->encode(line, false).size();
    });
    std::vector<molt::TokenId> ids;
    const double whole = seconds_of(repeats, [&] { ids = tokenizer->encode(text, false); });
    const double decode = seconds_of(repeats, [&] { tokenizer->decode(ids, true); });
    const double megabytes = static_cast<double>(text.size()) / 1e6;
    std::printf("load %.3f s; lines %.4f s (%zu tokens) %.1f MB/s; whole %.1f MB/s; decode %.1f MB/s\n", load, by_line,
                tokens, megabytes / by_line, megabytes / whole, megabytes / decode);
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return molt::bench_main(argc, argv, run); }
