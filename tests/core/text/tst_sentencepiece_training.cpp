// Tests of the demo's tokenizer training: reproducible bytes, marks and words stay whole, any text survives.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <sentencepiece_processor.h>

#include <QtTest>

#include "core/base/error.h"
#include "core/text/sentencepiece_training.h"

using namespace molt;

namespace {

std::string trained() {
    std::vector<std::string> texts;
    for (int i = 0; i < 200; ++i) {
        texts.push_back(i % 2 == 0 ? "Anna has a red kite." : "Where does Ben live?");
        texts.push_back(i % 3 == 0 ? "Ben lives in Rome." : "I do not know that.");
    }
    const std::vector<std::string> marks = {"<|user|>", "<|assistant|>"};
    return train_sentencepiece(texts, {.vocab_size = 330, .marks = marks});
}

}  // namespace

class TstSentencepieceTraining : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void same_texts_give_the_same_bytes() { QCOMPARE(trained(), trained()); }

    void marks_and_frequent_words_are_single_pieces_and_any_text_survives() {
        sentencepiece::SentencePieceProcessor processor;
        QVERIFY(processor.LoadFromSerializedProto(trained()).ok());
        QCOMPARE(processor.PieceToId("<s>"), 1);
        QCOMPARE(processor.PieceToId("</s>"), 2);
        std::vector<std::string> pieces;
        QVERIFY(processor.Encode("<|user|>Anna has", &pieces).ok());
        QCOMPARE(pieces.front(), std::string("<|user|>"));
        QVERIFY2(pieces.size() <= 4, "frequent words are not cut into letters");
        const std::string odd = "Zürich\n  两 x";
        std::vector<int> ids;
        std::string back;
        QVERIFY(processor.Encode(odd, &ids).ok() && processor.Decode(ids, &back).ok());
        QCOMPARE(back, odd);
    }

    void too_little_text_is_refused() {
        QVERIFY_EXCEPTION_THROWN(train_sentencepiece({}, {.vocab_size = 300, .marks = {}}), Error);
    }
};

QTEST_GUILESS_MAIN(TstSentencepieceTraining)
#include "tst_sentencepiece_training.moc"
