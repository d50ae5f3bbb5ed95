// tokenizer.json: stored vectors, agreement with the PyPI packages on lines and random strings, refusals.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/json_tokenizer.h"

#include <fstream>
#include <functional>
#include <random>

#include "core/base/error.h"
#include "core/text/tokenizer.h"
#include "tests/support/tokenizer_files.h"

#include <QProcess>
#include <QtTest>

using namespace molt;
using namespace molt::testing;
namespace fs = std::filesystem;

namespace {

/// A small byte-level tokenizer that needs no shared data: letters, "ab", "abc", and two added tokens.
json tiny_file() {
    json vocabulary = json::object();
    std::int64_t id = 0;
    for (const char* piece : {"a", "b", "c", "ab", "abc", "\xC4\xA0",
                              "\xC4\xA0"
                              "a",
                              "\xC3\xA9"})
        vocabulary[piece] = id++;
    json word = special_token(9, "word");
    word["special"] = false;
    word["single_word"] = true;
    json left = special_token(10, "<l>");
    left["lstrip"] = true;
    json right = special_token(11, "<r>");
    right["rstrip"] = true;
    return {{"added_tokens", json::array({special_token(8, "<s>"), word, left, right})},
            {"normalizer", nullptr},
            {"pre_tokenizer", byte_level(true)},
            {"post_processor", begin_template("<s>", 8)},
            {"decoder", byte_level(true)},
            {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", {"a b", "ab c", "\xC4\xA0 a"}}}}};
}

std::shared_ptr<const Tokenizer> make(const json& file) { return parse_json_tokenizer(file.dump(), "test"); }

/// The message of the Error(BadFile) that loading throws, or empty.
std::string refusal(const json& file) {
    try {
        make(file);
    } catch (const Error& error) {
        return error.code() == ErrorCode::BadFile ? error.what() : "other code";
    }
    return {};
}

std::string python() {
    const char* set = std::getenv("MOLT_PYREF");
    const std::string program = set != nullptr ? set : MOLT_SOURCE_DIR "/build/pyref/bin/python";
    QProcess process;
    process.start(QString::fromStdString(program), {"-c", "import tokenizers, sentencepiece"});
    return process.waitForFinished() && process.exitCode() == 0 ? program : std::string();
}

json reference(const std::string& program, const fs::path& tokenizer, const std::vector<std::string>& texts) {
    QProcess process;
    process.start(QString::fromStdString(program),
                  {MOLT_SOURCE_DIR "/tests/support/tokenizer_reference.py", "ids", QString::fromStdString(tokenizer)});
    process.write(QByteArray::fromStdString(json(texts).dump()));
    process.closeWriteChannel();
    process.waitForFinished(300'000);
    const QByteArray errors = process.readAllStandardError();
    if (process.exitCode() != 0) qWarning("%s", errors.constData());
    return json::parse(process.readAllStandardOutput().toStdString());
}

void append_utf8(std::string* out, std::uint32_t c) {
    if (c < 0x80) return out->push_back(static_cast<char>(c));
    const int tail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    const std::uint32_t lead = tail == 1 ? 0xC0 : tail == 2 ? 0xE0 : 0xF0;
    *out += static_cast<char>(lead | (c >> (6 * tail)));
    for (int i = tail - 1; i >= 0; --i) *out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F));
}

/// Strings of characters from all over Unicode, mixed with what tokenizers treat specially.
std::vector<std::string> random_texts(std::size_t count, unsigned seed) {
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

std::vector<std::string> real_lines(std::size_t per_file) {
    std::vector<std::string> lines;
    for (const char* name : {"tinystories_head.txt", "tinyshakespeare.txt", "wiki_demo.txt", "wikitext2_valid.txt"}) {
        std::ifstream in(shared_data() / "text" / name);
        std::string line;
        for (std::size_t i = 0; i < per_file && std::getline(in, line); ++i) lines.push_back(to_valid_utf8(line));
    }
    return lines;
}

/// The .inp/.out vectors of llama.cpp: texts between marker lines, ids per line.
std::vector<std::pair<std::string, std::vector<TokenId>>> stored_vectors(const std::string& name) {
    const fs::path base = shared_data() / "tokenizers" / "ggml-vocab" / ("ggml-vocab-" + name + ".gguf");
    const std::string marker = "\n__ggml_vocab_test__\n";
    std::string input = read_file(base.string() + ".inp");
    std::vector<std::pair<std::string, std::vector<TokenId>>> vectors;
    for (const auto& line : split(read_file(base.string() + ".out"), '\n')) {
        const std::size_t end = input.find(marker);
        if (end == std::string::npos) break;
        std::vector<TokenId> ids;
        for (const auto& word : split(line, ' ')) {
            if (!word.empty()) ids.push_back(std::stoll(word));
        }
        vectors.emplace_back(input.substr(0, end), ids);
        input.erase(0, end + marker.size());
    }
    return vectors;
}

using MakeFile = std::function<std::string()>;
const std::vector<std::pair<const char*, MakeFile>> kFamilies = {
    {"gpt-2", gpt2_tokenizer},
    {"gpt-neox", [] { return read_file(shared_data() / "tokenizers" / "gpt-neox" / "20B_tokenizer.json"); }},
    {"llama-3", llama3_tokenizer},
    {"qwen", qwen_tokenizer},
    {"llama-2", [] { return llama2_tokenizer(shared_data() / "tokenizers" / "llama2" / "tokenizer.model"); }},
    {"mistral", [] { return llama2_tokenizer(shared_data() / "tokenizers" / "mistral" / "tokenizer.model.v1"); }},
    {"metaspace", [] { return metaspace_tokenizer(shared_data() / "tokenizers" / "llama2" / "tokenizer.model"); }},
};

}  // namespace

class TstJsonTokenizer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void words_are_merged_and_decoded() {
        const auto tokenizer = make(tiny_file());
        QCOMPARE(tokenizer->encode("abc ac", true), (std::vector<TokenId>{8, 4, 6, 2}));
        QCOMPARE(tokenizer->decode(std::vector<TokenId>{8, 4, 6, 2}, false), std::string("abc ac"));
        QCOMPARE(tokenizer->decode(std::vector<TokenId>{8, 4}, true), std::string("<s>abc"));
        QCOMPARE(tokenizer->vocab_size(), 12);
        QCOMPARE(tokenizer->begin_token(), std::optional<TokenId>(8));
        QCOMPARE(tokenizer->encode("", true), std::vector<TokenId>{8});
    }

    void added_tokens_follow_their_rules() {
        const auto tokenizer = make(tiny_file());
        QCOMPARE(tokenizer->encode("word", false), std::vector<TokenId>{9});
        QCOMPARE(tokenizer->encode("a word", false), (std::vector<TokenId>{0, 5, 9}));
        QCOMPARE(tokenizer->encode("aword", false), std::vector<TokenId>{0});  // the rest has no pieces
        QCOMPARE(tokenizer->encode("a  <l> a", false), (std::vector<TokenId>{0, 10, 6}));
        QCOMPARE(tokenizer->encode("a <r>  a", false), (std::vector<TokenId>{0, 5, 11, 0}));
        QCOMPARE(tokenizer->encode("<s><s>", false), (std::vector<TokenId>{8, 8}));
    }

    void ignored_merges_take_whole_words() {
        json file = tiny_file();
        file["model"]["merges"] = json::array({"a b"});
        QCOMPARE(make(file)->encode("abc", false), (std::vector<TokenId>{3, 2}));
        file["model"]["ignore_merges"] = true;
        QCOMPARE(make(file)->encode("abc", false), std::vector<TokenId>{4});
    }

    void invalid_utf8_never_fails() {
        const auto tokenizer = make(tiny_file());
        QCOMPARE(tokenizer->encode("a\xFF\xC3", false), std::vector<TokenId>{0});
        QCOMPARE(tokenizer->decode(std::vector<TokenId>{7}, false), std::string("\xE9"));
        StreamingDecoder decoder(tokenizer);
        QCOMPARE(decoder.push(7), std::string());
        QCOMPARE(decoder.finish(), std::string("\xEF\xBF\xBD"));
    }

    void unsupported_components_are_named() {
        const std::vector<std::pair<const char*, const char*>> parts = {{"normalizer", "Precompiled"},
                                                                        {"pre_tokenizer", "UnicodeScripts"},
                                                                        {"decoder", "CTC"},
                                                                        {"post_processor", "Other"}};
        for (const auto& [part, type] : parts) {
            json file = tiny_file();
            file[part] = {{"type", type}};
            QVERIFY2(QString::fromStdString(refusal(file)).contains(type), refusal(file).c_str());
        }
        json unigram = tiny_file();
        unigram["model"]["type"] = "Unigram";
        QVERIFY(QString::fromStdString(refusal(unigram)).contains("Unigram"));
        json suffix = tiny_file();
        suffix["model"]["end_of_word_suffix"] = "</w>";
        QVERIFY(QString::fromStdString(refusal(suffix)).contains("end_of_word_suffix"));
        json pattern = tiny_file();
        pattern["pre_tokenizer"] = split_then_bytes("(unclosed");
        QVERIFY(QString::fromStdString(refusal(pattern)).contains("(unclosed"));
    }

    void damaged_files_are_refused() {
        json merge = tiny_file();
        merge["model"]["merges"].push_back("a z");
        QVERIFY(QString::fromStdString(refusal(merge)).contains("a z"));
        json id = tiny_file();
        id["model"]["vocab"]["a"] = -4;
        QVERIFY(!refusal(id).empty());
        json text = tiny_file();
        text["model"]["vocab"]["a"] = "0";
        QVERIFY(!refusal(text).empty());
        const std::string whole = tiny_file().dump();
        for (std::size_t size = 0; size < whole.size(); size += 7) {
            QVERIFY_EXCEPTION_THROWN(parse_json_tokenizer(whole.substr(0, size), "cut"), Error);
        }
    }

    void companion_files_name_the_end_token_and_travel_along() {
        const json config = {{"bos_token", nullptr}, {"eos_token", {{"content", "<r>"}}}};
        const auto tokenizer =
            parse_json_tokenizer(tiny_file().dump(), "test", {{"tokenizer_config.json", config.dump()}});
        QCOMPARE(tokenizer->end_token(), std::optional<TokenId>(11));
        QCOMPARE(tokenizer->begin_token(), std::optional<TokenId>());
        TemporaryFolder folder;
        for (const auto& [name, bytes] : tokenizer->files()) write_file(folder.path() / name, bytes);
        QCOMPARE(Tokenizer::load(folder.path())->end_token(), std::optional<TokenId>(11));
    }

    void stored_vectors_are_met_data() {
        QTest::addColumn<int>("family");
        QTest::addColumn<QString>("vectors");
        QTest::newRow("gpt-2") << 0 << "gpt-2";
        QTest::newRow("llama-3") << 2 << "llama-bpe";
        QTest::newRow("llama-2") << 4 << "llama-spm";
        QTest::newRow("phi-3") << 4 << "phi-3";
    }
    void stored_vectors_are_met() {
        QFETCH(int, family);
        QFETCH(QString, vectors);
        if (!fs::exists(shared_data() / "tokenizers")) QSKIP("shared/data/tokenizers is absent");
        const auto tokenizer = parse_json_tokenizer(kFamilies[static_cast<std::size_t>(family)].second(), "family");
        int compared = 0;
        for (const auto& [text, ids] : stored_vectors(vectors.toStdString())) {
            QVERIFY2(tokenizer->encode(text, false) == ids, text.c_str());
            QCOMPARE(tokenizer->decode(ids, false), text);
            compared += 1;
        }
        QVERIFY(compared > 40);
    }

    void ids_and_texts_equal_the_reference_package_data() {
        QTest::addColumn<int>("family");
        for (int i = 0; i < static_cast<int>(kFamilies.size()); ++i) {
            QTest::newRow(kFamilies[static_cast<std::size_t>(i)].first) << i;
        }
    }
    void ids_and_texts_equal_the_reference_package() {
        QFETCH(int, family);
        if (!fs::exists(shared_data() / "tokenizers")) QSKIP("shared/data/tokenizers is absent");
        const std::string program = python();
        if (program.empty()) QSKIP("PyPI tokenizers and sentencepiece are absent (build/pyref or MOLT_PYREF)");
        TemporaryFolder folder;
        const std::string file = kFamilies[static_cast<std::size_t>(family)].second();
        write_file(folder.path() / "tokenizer.json", file);
        std::vector<std::string> texts = random_texts(10'000, 20261124);
        for (auto& line : real_lines(600)) texts.push_back(std::move(line));
        const json expected = reference(program, folder.path() / "tokenizer.json", texts);
        const auto tokenizer = parse_json_tokenizer(file, "family");
        int mismatches = 0;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const auto ids = expected["ids"][i].get<std::vector<TokenId>>();
            const bool same = tokenizer->encode(texts[i], false) == ids &&
                              tokenizer->decode(ids, true) == expected["decoded"][i].get<std::string>();
            if (!same && mismatches++ < 3) {
                qWarning("%s\n ours %s\n reference %s", json(texts[i]).dump().c_str(),
                         json(tokenizer->encode(texts[i], false)).dump().c_str(), json(ids).dump().c_str());
            }
        }
        qInfo("%zu texts, %d mismatches", texts.size(), mismatches);
        QCOMPARE(mismatches, 0);
    }
};

QTEST_GUILESS_MAIN(TstJsonTokenizer)
#include "tst_json_tokenizer.moc"
