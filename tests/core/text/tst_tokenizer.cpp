// Tokenizers of llama2.c and SentencePiece files: agreement with each other and with stored ids, decoding, hostile
// files. SPDX-License-Identifier: GPL-3.0-or-later
#include <cstring>
#include <fstream>
#include <random>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/text/llama2c_tokenizer.h"
#include "core/text/tokenizer.h"

#include <QtTest>

using namespace molt;
namespace fs = std::filesystem;

namespace {

fs::path shared_data() {
    const char* set = std::getenv("MOLT_SHARED");
    return fs::path(set != nullptr ? set : MOLT_SOURCE_DIR "/../shared") / "data";
}

#define NEEDS(needed) \
    if (!fs::exists(needed)) QSKIP(("shared data is absent: " + (needed).string()).c_str())

/// A llama2.c file with the 259 fixed pieces and these scored ones.
std::string make_llama2c(const std::vector<std::pair<std::string, float>>& pieces) {
    std::string bytes("\x10\0\0\0", 4);
    const auto add = [&](const std::string& piece, float score) {
        const auto length = static_cast<std::int32_t>(piece.size());
        bytes.append(reinterpret_cast<const char*>(&score), 4).append(reinterpret_cast<const char*>(&length), 4);
        bytes += piece;
    };
    for (const char* mark : {"<unk>", "\n<s>\n", "\n</s>\n"}) add(mark, 0);
    for (int byte = 0; byte < 256; ++byte) {
        char name[8];
        std::snprintf(name, sizeof name, "<0x%02X>", byte);
        add(name, 0);
    }
    for (const auto& [piece, score] : pieces) add(piece, score);
    return bytes;
}

std::shared_ptr<const Tokenizer> tiny() {
    return parse_llama2c_tokenizer(
        make_llama2c({{" ", -10}, {"a", -11}, {"b", -12}, {"ab", -1}, {"ba", -0.5F}, {" a", -3}, {"aba", -4}}), "tiny");
}

/// llama2.c's own quadratic search, written from its description: the oracle for the heap.
std::vector<TokenId> merge_slowly(const Tokenizer& tokenizer, std::vector<TokenId> ids,
                                  const std::vector<float>& scores) {
    while (true) {
        float best = -1e10F;
        std::size_t at = ids.size();
        TokenId merged = -1;
        for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
            const auto id = tokenizer.find(tokenizer.piece(ids[i]) + tokenizer.piece(ids[i + 1]));
            if (id && scores[static_cast<std::size_t>(*id)] > best) {
                best = scores[static_cast<std::size_t>(*id)];
                at = i;
                merged = *id;
            }
        }
        if (at == ids.size()) return ids;
        ids[at] = merged;
        ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
}

std::vector<std::string> text_lines(const fs::path& file, std::size_t limit) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; lines.size() < limit && std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::string single_spaces(const std::string& text) {
    std::string out;
    for (const auto& word : split(text, ' ')) {
        if (!word.empty()) out += (out.empty() ? "" : " ") + word;
    }
    return out;
}

ErrorCode code_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::Internal;
}

}  // namespace

class TstTokenizer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void merges_take_the_best_score_first() {
        // "ba" (-0.5) first, then " a" (-3) before "aba" (-4).
        const auto tokenizer = tiny();
        const auto ids = tokenizer->encode("aba", true);
        QCOMPARE(tokenizer->vocab_size(), 266);
        QCOMPARE(ids, (std::vector<TokenId>{1, 264, 263}));
        QCOMPARE(tokenizer->decode(ids, false), std::string("aba"));
    }

    void unknown_characters_become_bytes() {
        const auto tokenizer = tiny();
        const std::string text =
            "a\xE2\x82\xAC"
            "b";
        const auto ids = tokenizer->encode(text, false);
        QCOMPARE(ids, (std::vector<TokenId>{264, 3 + 0xE2, 3 + 0x82, 3 + 0xAC, 261}));
        QCOMPARE(tokenizer->decode(ids, false), text);
    }

    void invalid_utf8_is_taken_as_the_replacement_character() {
        const auto tokenizer = tiny();
        QCOMPARE(tokenizer->decode(tokenizer->encode("a\xFF"
                                                     "b\xC3",
                                                     true),
                                   false),
                 std::string("a\xEF\xBF\xBD"
                             "b\xEF\xBF\xBD"));
        QCOMPARE(tokenizer->encode("", true), std::vector<TokenId>{1});
    }

    void special_tokens_in_text_become_their_ids() {
        const auto tokenizer = tiny();
        const auto ids = tokenizer->encode("a</s>b", false);
        QCOMPARE(ids, (std::vector<TokenId>{264, 2, 259, 261}));
        QCOMPARE(tokenizer->decode(ids, true), std::string("a</s> b"));
        QCOMPARE(tokenizer->find("</s>"), std::optional<TokenId>(2));
        QVERIFY(tokenizer->is_special(2) && !tokenizer->is_special(264));
    }

    void heap_merges_equal_the_quadratic_search() {
        std::mt19937 random(7);
        std::vector<std::pair<std::string, float>> pieces = {{" ", -1e9F}, {"a", -1e9F}, {"b", -1e9F}, {"c", -1e9F}};
        while (pieces.size() < 60) {
            std::string piece;
            for (std::size_t i = 0; i < 2 + random() % 4; ++i) piece += "abc "[random() % 4];
            const bool known = std::any_of(pieces.begin(), pieces.end(), [&](auto& p) { return p.first == piece; });
            if (!known) pieces.emplace_back(piece, -static_cast<float>(random() % 20));
        }
        const auto tokenizer = parse_llama2c_tokenizer(make_llama2c(pieces), "random");
        std::vector<float> scores(259, 0);
        for (const auto& piece : pieces) scores.push_back(piece.second);
        for (int round = 0; round < 500; ++round) {
            std::string text;
            for (std::size_t i = 0; i < 1 + random() % 40; ++i) text += "abc "[random() % 4];
            std::vector<TokenId> characters = {259};
            for (const char c : text) characters.push_back(*tokenizer->find(std::string(1, c)));
            QCOMPARE(tokenizer->encode(text, false), merge_slowly(*tokenizer, characters, scores));
        }
    }

    void streaming_never_shows_half_a_character() {
        const auto tokenizer = tiny();
        const std::string text =
            "a\xE2\x82\xAC\xF0\x9F\x98\x80"
            "b";
        StreamingDecoder decoder(tokenizer);
        std::string shown;
        for (const TokenId id : tokenizer->encode(text, true)) {
            const std::string part = decoder.push(id);
            QCOMPARE(complete_utf8_prefix(part), part.size());
            bool replaced = false;
            to_valid_utf8(part, &replaced);
            QVERIFY(!replaced);
            shown += part;
        }
        QCOMPARE(shown + decoder.finish(), text);
        QCOMPARE(decoder.push(3 + 0xE2), std::string());
        QCOMPARE(decoder.finish(), std::string("\xEF\xBF\xBD"));
    }

    void ids_outside_the_vocabulary_are_refused() {
        const auto tokenizer = tiny();
        QCOMPARE(code_of([&] { tokenizer->decode(std::vector<TokenId>{266}, false); }), ErrorCode::Mismatch);
        QCOMPARE(code_of([&] { tokenizer->decode(std::vector<TokenId>{-1}, false); }), ErrorCode::Mismatch);
    }

    void damaged_llama2c_files_are_refused() {
        const std::string good = make_llama2c({{"a", -1}});
        for (const std::size_t size :
             {std::size_t{0}, std::size_t{3}, std::size_t{4}, good.size() - 1, good.size() - 6}) {
            QCOMPARE(code_of([&] { parse_llama2c_tokenizer(good.substr(0, size), "cut"); }), ErrorCode::BadFile);
        }
        std::string negative = good;
        std::memset(negative.data() + 8, 0xFF, 4);
        QCOMPARE(code_of([&] { parse_llama2c_tokenizer(negative, "negative"); }), ErrorCode::BadFile);
        std::string nan = good;
        std::memset(nan.data() + 4, 0xFF, 4);
        QCOMPARE(code_of([&] { parse_llama2c_tokenizer(nan, "nan"); }), ErrorCode::BadFile);
    }

    void loading_finds_the_file_by_content_and_comes_back_from_its_own_files() {
        TemporaryFolder folder;
        QCOMPARE(code_of([&] { Tokenizer::load(folder.path()); }), ErrorCode::NotFound);
        QCOMPARE(code_of([&] { Tokenizer::load(folder.path() / "absent"); }), ErrorCode::NotFound);
        for (const auto& [name, bytes] : tiny()->files()) write_file(folder.path() / name, bytes);
        QCOMPARE(Tokenizer::load(folder.path())->vocab_size(), 266);
        write_file(folder.path() / "odd", "not a tokenizer");
        QCOMPARE(code_of([&] { Tokenizer::load(folder.path() / "odd"); }), ErrorCode::BadFile);
        write_file(folder.path() / "tokenizer.model", std::string("\x0A\x05\x0A\x01"
                                                                  "a",
                                                                  5));
        QCOMPARE(code_of([&] { Tokenizer::load(folder.path()); }), ErrorCode::BadFile);
    }

    void reference_vectors_are_met() {
        const fs::path file = shared_data() / "teachers" / "reference_vectors.json";
        NEEDS(file);
        const json vectors = read_json_file(file);
        for (const char* name : {"tok512.bin", "tok512.model"}) {
            const auto tokenizer = Tokenizer::load(shared_data() / "teachers" / "stories260K" / name);
            QCOMPARE(tokenizer->vocab_size(), 512);
            for (const auto& item : vectors["stories260K"]["cases"]) {
                const auto ids = item["ids"].get<std::vector<TokenId>>();
                QCOMPARE(tokenizer->encode(item["prompt"].get<std::string>(), true), ids);
                std::string text;
                TokenId previous = ids.back();
                for (const TokenId id : item["greedy_ids"].get<std::vector<TokenId>>()) {
                    text += tokenizer->decode_next(previous, id, false);
                    previous = id;
                }
                QCOMPARE(trim(text), trim(item["greedy_text"].get<std::string>()));
            }
        }
    }

    void both_forms_of_a_tokenizer_agree_on_real_text_data() {
        QTest::addColumn<QString>("binary");
        QTest::addColumn<QString>("model");
        QTest::addColumn<bool>("collapses");  // this model drops extra spaces, llama2.c never does
        QTest::newRow("tok512") << "teachers/stories260K/tok512.bin"
                                << "teachers/stories260K/tok512.model" << true;
        QTest::newRow("llama2") << "tokenizers/llama2/tokenizer.bin"
                                << "tokenizers/llama2/tokenizer.model" << false;
    }
    void both_forms_of_a_tokenizer_agree_on_real_text() {
        QFETCH(QString, binary);
        QFETCH(QString, model);
        QFETCH(bool, collapses);
        const fs::path first = shared_data() / binary.toStdString(), second = shared_data() / model.toStdString();
        NEEDS(first);
        const auto a = Tokenizer::load(first), b = Tokenizer::load(second);
        QCOMPARE(a->vocab_size(), b->vocab_size());
        int compared = 0;
        for (const char* name :
             {"tinystories_head.txt", "tinyshakespeare.txt", "wiki_demo.txt", "grimms_fairy_tales.txt"}) {
            NEEDS((shared_data() / "text" / name));
            for (const std::string& read : text_lines(shared_data() / "text" / name, 1500)) {
                const std::string line = collapses ? single_spaces(read) : read;
                const auto ids = b->encode(line, true);
                QCOMPARE(a->encode(line, true), ids);
                QCOMPARE(a->decode(ids, false), b->decode(ids, false));
                compared += 1;
            }
        }
        qInfo("%d lines compared", compared);
    }
};

QTEST_GUILESS_MAIN(TstTokenizer)
#include "tst_tokenizer.moc"
