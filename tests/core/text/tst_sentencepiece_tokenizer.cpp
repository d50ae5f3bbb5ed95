// SentencePiece models against the PyPI package, on lines and random strings; control symbols in text.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/sentencepiece_tokenizer.h"

#include "core/base/text.h"
#include "core/text/sentencepiece_training.h"
#include "tests/support/pyref.h"
#include "tests/support/sample_texts.h"

#include <QtTest>

using namespace molt;
using namespace molt::testing;

class TstSentencepieceTokenizer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void control_symbols_in_text_become_ids_and_marks_stay_text() {
        std::vector<std::string> texts;
        for (int i = 0; i < 60; ++i) texts.push_back("Anna lives in Rome and Ben has " + std::to_string(i) + " kites");
        const std::vector<std::string> marks = {"<|user|>"};
        const auto tokenizer =
            parse_sentencepiece_tokenizer(train_sentencepiece(texts, {.vocab_size = 330, .marks = marks}), "trained");
        const auto ids = tokenizer->encode("<|user|>Anna</s>Ben", true);
        QCOMPARE(ids[0], *tokenizer->begin_token());
        QCOMPARE(ids[1], *tokenizer->find("<|user|>"));
        QVERIFY(std::count(ids.begin(), ids.end(), *tokenizer->end_token()) == 1);
        QCOMPARE(tokenizer->decode(ids, true), std::string("<s><|user|>Anna</s>Ben"));
        QCOMPARE(tokenizer->decode(ids, false), std::string("<|user|>AnnaBen"));
        QVERIFY(tokenizer->is_special(2) && !tokenizer->is_special(ids[1]));
    }

    void ids_and_texts_equal_the_reference_package_data() {
        QTest::addColumn<QString>("model");
        for (const char* model : {"teachers/stories260K/tok512.model", "tokenizers/llama2/tokenizer.model",
                                  "tokenizers/mistral/tokenizer.model.v1", "tokenizers/storyllamas_4096.model"}) {
            QTest::newRow(model) << model;
        }
    }
    void ids_and_texts_equal_the_reference_package() {
        QFETCH(QString, model);
        const auto file = shared_data() / model.toStdString();
        if (!std::filesystem::exists(file)) QSKIP("shared/data is absent");
        const std::string program = python_with("sentencepiece");
        if (program.empty()) QSKIP("PyPI sentencepiece is absent (build/pyref or MOLT_PYREF)");
        std::vector<std::string> texts = random_texts(10'000, 20261124);
        for (auto& line : real_lines(600)) texts.push_back(std::move(line));
        // The package takes control symbols as plain text, which we do not; the zero byte ends its strings.
        std::erase_if(texts, [](const std::string& text) {
            return text.find("<s>") != std::string::npos || text.find("</s>") != std::string::npos ||
                   text.find("<unk>") != std::string::npos;
        });
        TemporaryFolder folder;
        std::filesystem::copy_file(file, folder.path() / "t.model");
        const QStringList arguments = {"ids", QString::fromStdString((folder.path() / "t.model").string())};
        const json expected = ask_python(program, "tokenizer_reference.py", arguments, json(texts))[0];
        const auto tokenizer = Tokenizer::load(file);
        int mismatches = 0;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const auto ids = expected["ids"][i].get<std::vector<TokenId>>();
            const bool same = tokenizer->encode(texts[i], false) == ids &&
                              to_valid_utf8(tokenizer->decode(ids, false)) == expected["decoded"][i].get<std::string>();
            if (!same && mismatches++ < 3) {
                qWarning("%s\n ours %s\n reference %s", json(texts[i]).dump().c_str(),
                         json(tokenizer->encode(texts[i], false)).dump().c_str(), json(ids).dump().c_str());
            }
        }
        qInfo("%zu texts, %d mismatches", texts.size(), mismatches);
        QCOMPARE(mismatches, 0);
    }
};

QTEST_GUILESS_MAIN(TstSentencepieceTokenizer)
#include "tst_sentencepiece_tokenizer.moc"
