// Test support: tokenizer.json files of the well-known families, made from the vocabularies under
// shared/data/tokenizers. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/text/sentencepiece_model.h"

namespace molt::testing {

inline std::filesystem::path shared_data() {
    const char* set = std::getenv("MOLT_SHARED");
    return std::filesystem::path(set != nullptr ? set : MOLT_SOURCE_DIR "/../shared") / "data";
}

inline json special_token(std::int64_t id, const std::string& content) {
    return {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
            {"rstrip", false}, {"normalized", false}, {"special", true}};
}

/// `parts` with the model put in as text, so that a vocabulary of 128,000 pieces stays quick.
inline std::string tokenizer_text(json parts, const std::string& model) {
    parts["version"] = "1.0";
    parts["truncation"] = nullptr;
    parts["padding"] = nullptr;
    std::string text = parts.dump();
    text.pop_back();
    return text + ",\"model\":" + model + "}";
}

inline std::string merges_text(const std::filesystem::path& file) {
    std::string out;
    for (const auto& line : split(read_file(file), '\n')) {
        if (line.empty() || line.starts_with("#version")) continue;
        out += (out.empty() ? "" : ",") + json(line).dump();
    }
    return "[" + out + "]";
}

inline std::string bpe_model(const std::string& vocabulary, const std::string& merges, json options) {
    options["type"] = "BPE";
    options["dropout"] = nullptr;
    options["continuing_subword_prefix"] = nullptr;
    options["end_of_word_suffix"] = nullptr;
    std::string text = options.dump();
    text.pop_back();
    return text + ",\"vocab\":" + vocabulary + ",\"merges\":" + merges + "}";
}

inline json byte_level(bool use_regex) {
    return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", use_regex}};
}
inline json split_then_bytes(const std::string& pattern) {
    json split = {{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
    return {{"type", "Sequence"}, {"pretokenizers", json::array({split, byte_level(false)})}};
}
inline json begin_template(const std::string& mark, std::int64_t id) {
    const json sequence = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
    const json special = {{"SpecialToken", {{"id", mark}, {"type_id", 0}}}};
    return {{"type", "TemplateProcessing"},
            {"single", json::array({special, sequence})},
            {"pair", json::array({special, sequence, special, {{"Sequence", {{"id", "B"}, {"type_id", 1}}}}})},
            {"special_tokens", {{mark, {{"id", mark}, {"ids", {id}}, {"tokens", {mark}}}}}}};
}

inline const char* const kLlama3Pattern =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
    "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
inline const char* const kQwenPattern =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
    "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

inline std::string gpt2_tokenizer() {
    const auto folder = shared_data() / "tokenizers" / "gpt2";
    const json parts = {{"added_tokens", json::array({special_token(50256, "<|endoftext|>")})},
                        {"normalizer", nullptr},
                        {"pre_tokenizer", byte_level(true)},
                        {"post_processor", byte_level(true)},
                        {"decoder", byte_level(true)}};
    return tokenizer_text(parts, bpe_model(read_file(folder / "encoder.json"), merges_text(folder / "vocab.bpe"), {}));
}

/// Qwen2's shape on GPT-2's vocabulary.
inline std::string qwen_tokenizer() {
    const auto folder = shared_data() / "tokenizers" / "gpt2";
    const json added = json::array({special_token(50256, "<|endoftext|>"), special_token(50257, "<|im_start|>"),
                                    special_token(50258, "<|im_end|>")});
    const json parts = {{"added_tokens", added},
                        {"normalizer", {{"type", "NFC"}}},
                        {"pre_tokenizer", split_then_bytes(kQwenPattern)},
                        {"post_processor", byte_level(false)},
                        {"decoder", byte_level(false)}};
    return tokenizer_text(parts, bpe_model(read_file(folder / "encoder.json"), merges_text(folder / "vocab.bpe"),
                                           {{"byte_fallback", false}}));
}

inline std::string llama3_tokenizer() {
    const auto folder = shared_data() / "tokenizers" / "llama3";
    json added = json::array();
    std::int64_t id = 128000;
    for (const char* name :
         {"<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|reserved_special_token_1|>",
          "<|finetune_right_pad_id|>", "<|reserved_special_token_2|>", "<|start_header_id|>", "<|end_header_id|>",
          "<|eom_id|>", "<|eot_id|>"}) {
        added.push_back(special_token(id++, name));
    }
    const json parts = {{"added_tokens", added},
                        {"normalizer", nullptr},
                        {"pre_tokenizer", split_then_bytes(kLlama3Pattern)},
                        {"post_processor", begin_template("<|begin_of_text|>", 128000)},
                        {"decoder", byte_level(true)}};
    return tokenizer_text(parts, bpe_model(read_file(folder / "hf_vocab_encoder.json"),
                                           merges_text(folder / "hf_merges_vocab.bpe"), {{"ignore_merges", true}}));
}

/// Vocabulary and merges of a SentencePiece BPE model as Hugging Face's converter writes them: every split of a piece
/// into two pieces is a merge, the best score first.
inline std::pair<std::string, std::string> sentencepiece_as_bpe(const std::filesystem::path& file) {
    const auto model = parse_sentencepiece_model(read_file(file), file.string());
    std::map<std::string, std::int64_t> ids;
    std::string vocabulary;
    for (std::size_t i = 0; i < model.pieces.size(); ++i) {
        ids.emplace(model.pieces[i].text, static_cast<std::int64_t>(i));
        vocabulary += join(i == 0 ? "" : ",", json(model.pieces[i].text).dump(), ":", i);
    }
    struct Found {
        float score;
        std::size_t left_characters, right_characters;
        std::string left, right;
    };
    const auto characters = [](const std::string& text) {
        return static_cast<std::size_t>(std::count_if(
            text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
    };
    std::vector<Found> merges;
    for (const auto& piece : model.pieces) {
        for (std::size_t cut = 1; cut < piece.text.size(); ++cut) {
            if ((static_cast<unsigned char>(piece.text[cut]) & 0xC0) == 0x80) continue;
            const std::string left = piece.text.substr(0, cut), right = piece.text.substr(cut);
            if (ids.contains(left) && ids.contains(right)) {
                merges.push_back({piece.score, characters(left), characters(right), left, right});
            }
        }
    }
    std::stable_sort(merges.begin(), merges.end(), [](const Found& a, const Found& b) {
        return std::tie(a.score, a.left_characters, a.right_characters) >
               std::tie(b.score, b.left_characters, b.right_characters);
    });
    std::string list;
    for (const auto& merge : merges) list += join(list.empty() ? "" : ",", json({merge.left, merge.right}).dump());
    return {"{" + vocabulary + "}", "[" + list + "]"};
}

inline json llama_specials() {
    return json::array({special_token(0, "<unk>"), special_token(1, "<s>"), special_token(2, "</s>")});
}
inline json llama_decoder() {
    return {
        {"type", "Sequence"},
        {"decoders", json::array({{{"type", "Replace"}, {"pattern", {{"String", "\xE2\x96\x81"}}}, {"content", " "}},
                                  {{"type", "ByteFallback"}},
                                  {{"type", "Fuse"}},
                                  {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}})}};
}

/// Llama 2 and Zephyr: a space mark in front of every stretch, no words.
inline std::string llama2_tokenizer(const std::filesystem::path& model) {
    const json normaliser = {
        {"type", "Sequence"},
        {"normalizers",
         json::array({{{"type", "Prepend"}, {"prepend", "\xE2\x96\x81"}},
                      {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "\xE2\x96\x81"}}})}};
    const json parts = {{"added_tokens", llama_specials()},
                        {"normalizer", normaliser},
                        {"pre_tokenizer", nullptr},
                        {"post_processor", begin_template("<s>", 1)},
                        {"decoder", llama_decoder()}};
    const auto [vocabulary, merges] = sentencepiece_as_bpe(model);
    return tokenizer_text(
        parts, bpe_model(vocabulary, merges, {{"unk_token", "<unk>"}, {"fuse_unk", true}, {"byte_fallback", true}}));
}

/// The newer form of the same (Mistral v0.3, TinyLlama): Metaspace, in front of the text only.
inline std::string metaspace_tokenizer(const std::filesystem::path& model) {
    const json parts = {
        {"added_tokens", llama_specials()},
        {"normalizer", nullptr},
        {"pre_tokenizer",
         {{"type", "Metaspace"}, {"replacement", "\xE2\x96\x81"}, {"prepend_scheme", "first"}, {"split", false}}},
        {"post_processor", begin_template("<s>", 1)},
        {"decoder", llama_decoder()}};
    const auto [vocabulary, merges] = sentencepiece_as_bpe(model);
    return tokenizer_text(
        parts, bpe_model(vocabulary, merges, {{"unk_token", "<unk>"}, {"fuse_unk", true}, {"byte_fallback", true}}));
}

}  // namespace molt::testing
