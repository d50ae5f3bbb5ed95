// Tiny world: a tokenizer file, a text and recipes that train in seconds, for tests of whole runs.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "core/spec/run_config.h"

namespace molt {

/// A llama2.c tokenizer of the three marks and 256 bytes (259 tokens).
inline void write_byte_tokenizer(const std::filesystem::path& path) {
    std::ofstream file(path, std::ios::binary);
    const auto put = [&](const auto& value) { file.write(reinterpret_cast<const char*>(&value), sizeof value); };
    put(std::int32_t{6});
    const auto token = [&](const std::string& piece) {
        put(0.0F);
        put(static_cast<std::int32_t>(piece.size()));
        file << piece;
    };
    for (const char* mark : {"<unk>", "\n<s>\n", "\n</s>\n"}) token(mark);
    for (int byte = 0; byte < 256; ++byte) {
        std::array<char, 8> piece{};
        std::snprintf(piece.data(), piece.size(), "<0x%02X>", byte);
        token(piece.data());
    }
}

/// Sentences out of few words, the same for the same seed.
inline std::string tiny_text(std::size_t bytes, unsigned seed = 1) {
    static const std::array<const char*, 12> words{"the",  "cat", "dog",  "sees", "a",   "red",
                                                   "ball", "and", "runs", "to",   "big", "tree"};
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < bytes) {
        for (int word = 0; word < 5; ++word) text += std::string(words[random() % words.size()]) + " ";
        text.back() = '.';
        text += "\n";
    }
    return text;
}

/// A folder with tok.bin and text.txt, and recipes that use them.
struct TinyWorld {
    explicit TinyWorld(const std::filesystem::path& where, std::size_t text_bytes = 30000) : folder(where) {
        write_byte_tokenizer(folder / "tok.bin");
        std::ofstream(folder / "text.txt") << tiny_text(text_bytes);
    }

    StageConfig stage(const std::string& kind, std::int64_t steps) const {
        StageConfig config;
        config.kind = kind;
        config.data.path = (folder / "text.txt").string();
        config.steps = steps;
        config.batch_size = 4;
        config.sequence_length = 32;
        config.learning_rate = 1e-2;
        config.evaluate_every = 0;
        config.evaluate_tokens = 512;
        return config;
    }

    /// A new model of two layers.
    RunConfig pretrain(std::int64_t steps) const {
        RunConfig config;
        config.name = "tiny teacher";
        config.threads = 1;
        config.tokenizer = (folder / "tok.bin").string();
        config.model = {.hidden_size = 32,
                        .intermediate_size = 64,
                        .num_layers = 2,
                        .num_heads = 2,
                        .num_kv_heads = 1,
                        .max_position = 64};
        config.stages = {stage("pretrain", steps)};
        return config;
    }

    /// The teacher's second layer keeps attention, the first becomes `mixer`.
    RunConfig distill(const std::filesystem::path& teacher, std::int64_t steps,
                      const std::string& mixer = "mamba2") const {
        RunConfig config;
        config.name = "tiny hybrid";
        config.threads = 1;
        config.teacher = teacher.string();
        config.student.mixer = mixer;
        config.student.attention = {.share = {}, .layers = {1}};
        config.stages = {stage("distill", steps)};
        return config;
    }

    std::filesystem::path folder;
};

}  // namespace molt
