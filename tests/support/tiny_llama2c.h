// A tiny llama2.c model, its tokenizer and a text as files, made from a seed. For tests only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

namespace molt {

class TinyLlama2c {
public:
    static constexpr std::int32_t kDim = 32, kHidden = 48, kLayers = 4, kHeads = 4, kKvHeads = 2, kVocab = 288,
                                  kContext = 96;

    /// folder/model.bin, folder/tok288.bin, folder/text.txt.
    explicit TinyLlama2c(const std::filesystem::path& folder)
        : model(folder / "model.bin"), tokenizer(folder / "tok288.bin"), text(folder / "text.txt") {
        write_model();
        write_tokenizer();
        write_text();
    }
    const std::filesystem::path model, tokenizer, text;

private:
    void write_model() const {
        std::ofstream out(model, std::ios::binary);
        const std::array<std::int32_t, 7> header{kDim, kHidden, kLayers, kHeads, kKvHeads, kVocab, kContext};
        out.write(reinterpret_cast<const char*>(header.data()), sizeof(header));
        std::mt19937_64 generator(7);
        const auto matrix = [&](int count, float scale) {
            for (int i = 0; i < count; ++i) {
                const float unit = static_cast<float>(generator() >> 40) * 0x1.0p-23F - 1.0F;
                put(out, scale * unit);
            }
        };
        const auto ones = [&](int count) {
            for (int i = 0; i < count; ++i) put(out, 1.0F);
        };
        constexpr int kKv = kDim / kHeads * kKvHeads;
        matrix(kVocab * kDim, 0.5F);
        ones(kLayers * kDim);
        matrix(kLayers * (kDim * kDim + 2 * kKv * kDim + kDim * kDim), 0.3F);
        ones(kLayers * kDim);
        matrix(kLayers * 3 * kDim * kHidden, 0.3F);
        ones(kDim);
        matrix(kContext * kDim / kHeads, 1.0F);  // the cosines and sines, which readers ignore
    }

    void write_tokenizer() const {
        std::ofstream out(tokenizer, std::ios::binary);
        put(out, std::int32_t{8});
        const auto piece = [&](const std::string& bytes, float score) {
            put(out, score);
            put(out, static_cast<std::int32_t>(bytes.size()));
            out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        };
        for (const char* mark : {"<unk>", "\n<s>\n", "\n</s>\n"}) piece(mark, 0);
        constexpr const char* kHex = "0123456789ABCDEF";
        for (int i = 0; i < 256; ++i) piece(std::string("<0x") + kHex[i / 16] + kHex[i % 16] + ">", 0);
        piece(" ", 0);
        for (char c = 'a'; c <= 'z'; ++c) piece(std::string(1, c), 0);
        piece(".", 0);
        piece("\n", 0);
    }

    void write_text() const {
        std::ofstream out(text);
        for (int i = 0; i < 200; ++i)
            out << "the cat sees a dog and the dog sees the cat number " << char('a' + i % 26) << ".\n";
    }

    template <class T>
    static void put(std::ofstream& out, T value) {
        out.write(reinterpret_cast<const char*>(&value), sizeof(value));
    }
};

}  // namespace molt
