// tokenizer.json: stored vectors, agreement with the PyPI packages on lines and random strings, refusals.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/json_tokenizer.h"

#include <functional>

#include "core/base/error.h"
#include "core/text/tokenizer.h"
#include "tests/support/pyref.h"
#include "tests/support/sample_texts.h"
#include "tests/support/tokenizer_files.h"

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

/// What the package answers for each of these files, in one process.
json reference(const std::string& program, const std::vector<std::string>& files,
               const std::vector<std::string>& texts) {
    TemporaryFolder folder;
    QStringList arguments = {"ids"};
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto path = folder.path() / join(i, ".json");
        write_file(path, files[i]);
        arguments << QString::fromStdString(path.string());
    }
    return ask_python(program, "tokenizer_reference.py", arguments, json(texts));
}

/// Compares ids and decoded text with the package's on every text; the number of texts that differ.
int count_mismatches(const json& expected, const std::string& file, const std::vector<std::string>& texts) {
    const auto tokenizer = parse_json_tokenizer(file, "family");
    int mismatches = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto ids = expected["ids"][i].get<std::vector<TokenId>>();
        const auto ours = tokenizer->encode(texts[i], false);
        const std::string decoded = tokenizer->decode(ids, true), wanted = expected["decoded"][i].get<std::string>();
        if ((ours != ids || to_valid_utf8(decoded) != wanted) && mismatches++ < 3) {
            qWarning("%s\n ours %s\n reference %s\n ours %s\n reference %s", json(texts[i]).dump().c_str(),
                     json(ours).dump().c_str(), json(ids).dump().c_str(), json(to_valid_utf8(decoded)).dump().c_str(),
                     json(wanted).dump().c_str());
        }
    }
    return mismatches;
}

json step(const char* type, json settings = json::object()) {
    settings["type"] = type;
    return settings;
}
json sequence(const char* list, std::initializer_list<json> steps) {
    return {{"type", "Sequence"}, {list, json(json::array_t(steps))}};
}
json split_at(const json& pattern, const char* behaviour, bool invert) {
    return step("Split", {{"pattern", pattern}, {"behavior", behaviour}, {"invert", invert}});
}

/// One rule of tokenizer.json each, on GPT-2's vocabulary.
std::vector<std::pair<const char*, json>> single_rules() {
    const json bytes = byte_level(false);
    const json regex = {{"Regex", "[\\s\\d]+|\\p{Lu}"}}, text = {{"String", "e"}};
    const auto pre = [&](const json& first) {
        return json{{"pre_tokenizer", sequence("pretokenizers", {first, bytes})}};
    };
    const auto normal = [](const json& value) {
        return json{{"normalizer", value}, {"pre_tokenizer", byte_level(true)}};
    };
    json prefix = byte_level(true);
    prefix["add_prefix_space"] = true;
    const auto token = [](const char* content, bool word, bool left, bool right, bool normalized) {
        json out = special_token(50257, content);
        out["single_word"] = word;
        out["lstrip"] = left;
        out["rstrip"] = right;
        out["normalized"] = normalized;
        out["special"] = !normalized;
        return out;
    };
    const auto added = [&](const json& one) {
        return json{{"added_tokens", json::array({one})},
                    {"normalizer", step("Lowercase")},
                    {"pre_tokenizer", byte_level(true)}};
    };
    std::vector<std::pair<const char*, json>> rules = {
        {"prefix space", {{"pre_tokenizer", prefix}}},
        {"digits one by one", pre(step("Digits", {{"individual_digits", true}}))},
        {"digits together", pre(step("Digits", {{"individual_digits", false}}))},
        {"punctuation", pre(step("Punctuation", {{"behavior", "MergedWithPrevious"}}))},
        {"white space split", pre(step("WhitespaceSplit"))},
        {"white space words", pre(step("Whitespace"))},
        {"o200k", pre(split_at({{"Regex",
                                 "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{"
                                 "M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
                                 "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{"
                                 "M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
                                 "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
                               "Isolated", false))},
        {"bytes, then digits",
         {{"pre_tokenizer",
           sequence("pretokenizers", {byte_level(true), step("Digits", {{"individual_digits", true}})})}}},
        {"NFD", normal(step("NFD"))},
        {"NFKC", normal(step("NFKC"))},
        {"NFKD without accents", normal(sequence("normalizers", {step("NFKD"), step("StripAccents")}))},
        {"lower case", normal(step("Lowercase"))},
        {"strip", normal(step("Strip", {{"strip_left", true}, {"strip_right", true}}))},
        {"replace", normal(step("Replace", {{"pattern", {{"Regex", "\\s+"}}}, {"content", "_"}}))},
        {"added, plain", added(token("hello", false, false, false, false))},
        {"added, single word", added(token("hello", true, false, false, false))},
        {"added, strips left", added(token("hello", false, true, false, false))},
        {"added, strips right", added(token("hello", false, false, true, false))},
        {"added, normalised", added(token("World", false, true, true, true))},
        {"added, single normalised word", added(token("World", true, false, false, true))},
        {"no decoder", {{"pre_tokenizer", byte_level(true)}, {"decoder", nullptr}}},
    };
    for (const char* behaviour : {"Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"}) {
        rules.emplace_back(behaviour, pre(split_at(regex, behaviour, false)));
        rules.emplace_back(behaviour, pre(split_at(regex, behaviour, true)));
        rules.emplace_back(behaviour, pre(split_at(text, behaviour, false)));
    }
    return rules;
}

/// Rules of byte-fallback files, on Llama 2's vocabulary.
std::vector<std::pair<const char*, json>> fallback_rules() {
    std::vector<std::pair<const char*, json>> rules;
    for (const char* scheme : {"always", "first", "never"}) {
        for (const bool cuts : {false, true}) {
            const json space =
                step("Metaspace", {{"replacement", "\xE2\x96\x81"}, {"prepend_scheme", scheme}, {"split", cuts}});
            rules.emplace_back(scheme,
                               json{{"added_tokens", llama_specials()}, {"pre_tokenizer", space}, {"decoder", space}});
        }
    }
    return rules;
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
        QTest::newRow("mpt, the vocabulary of gpt-neox") << 1 << "mpt";
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
        const std::string program = python_with("tokenizers");
        if (program.empty()) QSKIP("PyPI tokenizers is absent (build/pyref or MOLT_PYREF)");
        std::vector<std::string> texts = random_texts(10'000, 20261124);
        for (auto& line : real_lines(600)) texts.push_back(std::move(line));
        const std::string file = kFamilies[static_cast<std::size_t>(family)].second();
        const int mismatches = count_mismatches(reference(program, {file}, texts)[0], file, texts);
        qInfo("%zu texts, %d mismatches", texts.size(), mismatches);
        QCOMPARE(mismatches, 0);
    }

    void every_rule_equals_the_reference_package() {
        if (!fs::exists(shared_data() / "tokenizers")) QSKIP("shared/data/tokenizers is absent");
        const std::string program = python_with("tokenizers");
        if (program.empty()) QSKIP("PyPI tokenizers is absent (build/pyref or MOLT_PYREF)");
        std::vector<std::string> texts = random_texts(400, 7);
        for (auto& line : real_lines(20)) texts.push_back(std::move(line));
        const auto folder = shared_data() / "tokenizers";
        const std::string gpt2 = bpe_model(read_file(folder / "gpt2" / "encoder.json"),
                                           merges_text(folder / "gpt2" / "vocab.bpe"), json::object());
        const auto [vocabulary, merges] = sentencepiece_as_bpe(folder / "llama2" / "tokenizer.model");
        const std::string llama2 =
            bpe_model(vocabulary, merges, {{"unk_token", "<unk>"}, {"fuse_unk", true}, {"byte_fallback", true}});
        std::vector<std::string> names, files;
        const auto add = [&](const std::pair<const char*, json>& rule, const std::string& model, const json& decoder) {
            json parts = {{"added_tokens", json::array()},
                          {"normalizer", nullptr},
                          {"pre_tokenizer", nullptr},
                          {"post_processor", nullptr},
                          {"decoder", decoder}};
            for (const auto& [key, value] : rule.second.items()) parts[key] = value;
            names.push_back(rule.first + rule.second.dump());
            files.push_back(tokenizer_text(parts, model));
        };
        for (const auto& rule : single_rules()) add(rule, gpt2, byte_level(true));
        for (const auto& rule : fallback_rules()) add(rule, llama2, nullptr);
        const json expected = reference(program, files, texts);
        for (std::size_t i = 0; i < files.size(); ++i) {
            QVERIFY2(count_mismatches(expected[i], files[i], texts) == 0, names[i].c_str());
        }
        qInfo("%zu rules, %zu texts each", files.size(), texts.size());
    }
};

QTEST_GUILESS_MAIN(TstJsonTokenizer)
#include "tst_json_tokenizer.moc"
