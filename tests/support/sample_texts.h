// Test support: texts to compare tokenizers on: lines of shared/data/text and random strings from all over Unicode.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "tests/support/tokenizer_files.h"

namespace molt::testing {

inline void append_utf8(std::string* out, std::uint32_t c) {
    if (c < 0x80) return out->push_back(static_cast<char>(c));
    const int tail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    const std::uint32_t lead = tail == 1 ? 0xC0 : tail == 2 ? 0xE0 : 0xF0;
    *out += static_cast<char>(lead | (c >> (6 * tail)));
    for (int i = tail - 1; i >= 0; --i) *out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F));
}

/// Strings of characters from all over Unicode, mixed with what tokenizers treat specially.
inline std::vector<std::string> random_texts(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    const std::vector<std::string> special = {" ",
                                              "  ",
                                              "    ",
                                              "\n",
                                              "\r\n",
                                              "\t",
                                              "'s",
                                              "'LL",
                                              "'\xC5\xBF",
                                              "\xC2\xA0",
                                              "\xE3\x80\x80",
                                              "<|endoftext|>",
                                              "</s>",
                                              "<s>",
                                              "<|im_start|>",
                                              "123",
                                              "4567",
                                              "\xE2\x96\x81",
                                              "<0x0A>",
                                              "\xE1\xA0\x8E",
                                              "e\xCC\x81",
                                              "\xCC\xA3\xCC\x87",
                                              "\xEA\xB0\x80",
                                              "\xE1\x84\x80\xE1\x85\xA1",
                                              "\xE2\x80\x8D",
                                              "\xF0\x9F\x98\xB6\xE2\x80\x8D\xF0\x9F\x8C\xAB\xEF\xB8\x8F",
                                              "hello",
                                              "World",
                                              "...",
                                              "--",
                                              "\xEF\xBF\xBD"};
    const std::vector<std::pair<std::uint32_t, std::uint32_t>> blocks = {
        {0x20, 0x7E},       {0x20, 0x7E},       {0x80, 0x24F},      {0x300, 0x36F},   {0x370, 0x1FFF},
        {0x2000, 0x2BFF},   {0x3000, 0x30FF},   {0x4E00, 0x9FFF},   {0xA000, 0xD7FF}, {0xE000, 0xFFFF},
        {0x10000, 0x1FFFF}, {0x20000, 0x323AF}, {0xE0000, 0xE01EF}, {0x0, 0x1F}};
    std::vector<std::string> texts;
    while (texts.size() < count) {
        std::string text;
        for (std::size_t length = random() % 24; length > 0; --length) {
            if (random() % 3 == 0) {
                text += special[random() % special.size()];
                continue;
            }
            const auto& [first, last] = blocks[random() % blocks.size()];
            for (std::size_t run = 1 + random() % 3; run > 0; --run) {
                append_utf8(&text, first + static_cast<std::uint32_t>(random()) % (last - first + 1));
            }
        }
        texts.push_back(text);
    }
    return texts;
}

inline std::vector<std::string> real_lines(std::size_t per_file) {
    std::vector<std::string> lines;
    for (const char* name : {"tinystories_head.txt", "tinyshakespeare.txt", "wiki_demo.txt", "wikitext2_valid.txt"}) {
        std::ifstream in(shared_data() / "text" / name);
        std::string line;
        for (std::size_t i = 0; i < per_file && std::getline(in, line); ++i) lines.push_back(to_valid_utf8(line));
    }
    return lines;
}

}  // namespace molt::testing
