// Fuzz targets: tokenizer files and chat templates. A file that is read must also encode and decode without a crash.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"
#include "core/text/chat_template.h"
#include "core/text/sentencepiece_training.h"
#include "core/text/tokenizer.h"
#include "tests/fuzz/targets.h"
#include "tests/support/torch_file.h"

namespace molt::testing {
namespace {

namespace fs = std::filesystem;

void use(const Tokenizer& tokenizer) {
    const std::vector<TokenId> ids = tokenizer.encode("Once upon a time, 12 \xc3\xa9\xff<s>", true);
    tokenizer.decode(ids, true);
    tokenizer.decode(ids, false);
}

FuzzTarget tokenizer_target(const std::string& name, const std::string& file, std::vector<std::string> originals) {
    const auto read = [file](const fs::path& folder) { use(*Tokenizer::load(folder / file)); };
    return {name, file, std::move(originals), read, {}};
}

std::string llama2c_tokenizer() {
    std::string bytes = little_endian(std::int32_t{6});
    const auto add = [&](const std::string& piece, float score) {
        bytes += little_endian(score) + little_endian(static_cast<std::int32_t>(piece.size())) + piece;
    };
    add("<unk>", 0);
    add("\n<s>\n", 0);
    add("\n</s>\n", 0);
    constexpr char kHex[] = "0123456789ABCDEF";
    for (int i = 0; i < 256; ++i) add(std::string("<0x") + kHex[i / 16] + kHex[i % 16] + ">", 0);
    for (const char* piece : {" ", "e", "t", "o", "n", "c", "on", " a", "time", " t"})
        add(piece, -1.0f - static_cast<float>(piece[0]));
    return bytes;
}

std::string sentencepiece_model() {
    std::vector<std::string> texts;
    for (int i = 0; i < 40; ++i)
        texts.push_back("once upon a time there were " + std::to_string(i * 7) + " little cats and dogs");
    return train_sentencepiece(texts, {.vocab_size = 300, .marks = {}});
}

std::string byte_level_tokenizer(bool regex) {
    json vocabulary = json::object();
    const std::vector<std::string> pieces = {"O",
                                             "n",
                                             "c",
                                             "e",
                                             "u",
                                             "p",
                                             "o",
                                             "a",
                                             "t",
                                             "i",
                                             "m",
                                             "\xc4\xa0",
                                             "on",
                                             "\xc4\xa0"
                                             "t",
                                             "me"};
    for (std::size_t i = 0; i < pieces.size(); ++i) vocabulary[pieces[i]] = i;
    const json split = {{"type", "Split"},
                        {"pattern", {{"Regex", "\\p{L}+|\\p{N}{1,3}| ?[^\\s]+|\\s+"}}},
                        {"behavior", "Isolated"},
                        {"invert", false}};
    const json bytes = {
        {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", !regex}};
    const json mark = {{"id", 15},        {"content", "<s>"},    {"single_word", false}, {"lstrip", false},
                       {"rstrip", false}, {"normalized", false}, {"special", true}};
    const json model = {{"type", "BPE"},
                        {"dropout", nullptr},
                        {"unk_token", nullptr},
                        {"continuing_subword_prefix", nullptr},
                        {"end_of_word_suffix", nullptr},
                        {"fuse_unk", false},
                        {"byte_fallback", false},
                        {"vocab", vocabulary},
                        {"merges", {"o n", "\xc4\xa0 t", "m e"}}};
    return json{
        {"version", "1.0"},
        {"truncation", nullptr},
        {"padding", nullptr},
        {"added_tokens", json::array({mark})},
        {"normalizer", {{"type", "NFC"}}},
        {"pre_tokenizer", regex ? json{{"type", "Sequence"}, {"pretokenizers", json::array({split, bytes})}} : bytes},
        {"post_processor", bytes},
        {"decoder", bytes},
        {"model", model}}
        .dump(1);
}

/// Byte fallback with every kind of normaliser, pre-tokeniser and decoder that the other files do not have.
std::string fallback_tokenizer() {
    json vocabulary = json::object();
    for (const char* piece :
         {"<unk>", "a", "e", "o", "n", "c", "on", "\xe2\x96\x81", "\xe2\x96\x81on", "<0x0A>", "<0xFF>", "1"})
        vocabulary[piece] = vocabulary.size();
    const auto step = [](const char* type, json settings = json::object()) {
        settings["type"] = type;
        return settings;
    };
    const json text = {{"String", " "}}, regex = {{"Regex", "[xyz]+|\\s{2,}"}}, mark = "\xe2\x96\x81";
    const json space = step("Metaspace", {{"replacement", mark}, {"prepend_scheme", "first"}, {"split", true}});
    const json special = {{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}};
    const json token = {{"id", 12},       {"content", "<s>"},   {"single_word", true}, {"lstrip", true},
                        {"rstrip", true}, {"normalized", true}, {"special", true}};
    return json{
        {"added_tokens", json::array({token})},
        {"normalizer",
         {{"type", "Sequence"},
          {"normalizers",
           json::array({step("NFKD"), step("Lowercase"), step("StripAccents"), step("Strip"),
                        step("Prepend", {{"prepend", mark}}), step("Replace", {{"pattern", text}, {"content", mark}}),
                        step("Replace", {{"pattern", regex}, {"content", "o"}})})}}},
        {"pre_tokenizer",
         {{"type", "Sequence"},
          {"pretokenizers", json::array({step("Digits", {{"individual_digits", true}}), step("Punctuation"), space})}}},
        {"post_processor",
         {{"type", "TemplateProcessing"},
          {"single", json::array({special, {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}})},
          {"special_tokens", {{"<s>", {{"id", "<s>"}, {"ids", {12}}}}}}}},
        {"decoder",
         {{"type", "Sequence"},
          {"decoders",
           json::array({step("Replace", {{"pattern", {{"String", mark}}}, {"content", " "}}), step("ByteFallback"),
                        step("Fuse"), step("Strip", {{"content", " "}, {"start", 1}, {"stop", 0}})})}}},
        {"model",
         {{"type", "BPE"},
          {"unk_token", "<unk>"},
          {"fuse_unk", true},
          {"byte_fallback", true},
          {"vocab", vocabulary},
          {"merges", {"o n", "\xe2\x96\x81 on"}}}}}
        .dump(1);
}

FuzzTarget jinja_target() {
    std::vector<std::string> originals;
    for (const char* name : {"qwen3", "mistral-v3", "llama3.2"}) originals.push_back(ChatTemplate::named(name).jinja());
    return {"chat_template_jinja",
            "chat_template.jinja",
            originals,
            [](const fs::path& folder) { ChatTemplate::recognise(folder); },
            {}};
}

FuzzTarget template_target() {
    std::vector<std::string> originals;
    for (const char* name : {"llama3", "zephyr", "chatml", "llama2"}) {
        originals.push_back(
            json{{"bos_token", "<s>"}, {"eos_token", "</s>"}, {"chat_template", ChatTemplate::named(name).jinja()}}
                .dump(1));
    }
    const auto read = [](const fs::path& folder) { ChatTemplate::recognise(folder); };
    return {"chat_template", "tokenizer_config.json", originals, read, {}};
}

}  // namespace

std::vector<FuzzTarget> text_targets() {
    return {tokenizer_target("llama2c_tokenizer", "tok.bin", {llama2c_tokenizer()}),
            tokenizer_target("sentencepiece", "tokenizer.model", {sentencepiece_model()}),
            tokenizer_target("tokenizer_json", "tokenizer.json",
                             {byte_level_tokenizer(false), byte_level_tokenizer(true), fallback_tokenizer()}),
            template_target(), jinja_target()};
}

std::vector<FuzzTarget> all_fuzz_targets() {
    std::vector<FuzzTarget> all;
    for (const auto& group : {weight_targets(), config_targets(), text_targets()})
        all.insert(all.end(), group.begin(), group.end());
    return all;
}

}  // namespace molt::testing
