// Replies: stop texts across token borders, end marks, limits, characters of several tokens.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decode/reply.h"

#include <QtTest>

#include "tests/support/byte_tokenizer.h"

using namespace molt;

namespace {

constexpr TokenId kEnd = ByteTokenizer::kEnd;

SamplingParams limits(std::int64_t max_tokens, std::vector<std::string> stop = {}) {
    SamplingParams sampling;
    sampling.max_tokens = max_tokens;
    sampling.stop = std::move(stop);
    return sampling;
}

Reply make(const SamplingParams& sampling) {
    return Reply(std::make_shared<ByteTokenizer>(), sampling, std::vector<TokenId>{kEnd}, ByteTokenizer::kBegin);
}

}  // namespace

class TstReply : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void a_stop_text_over_several_tokens_ends_before_it_and_is_never_shown() {
        Reply reply = make(limits(100, {"STOP", "xyz"}));
        std::string shown;
        for (const char c : std::string("say STOR and STOP more")) {
            if (reply.finished()) break;
            shown += reply.push(c);
            QVERIFY(shown.find("STOP") == std::string::npos);
            QVERIFY(!shown.ends_with("ST"));
        }
        QCOMPARE(reply.finish_reason(), std::string("stop"));
        QCOMPARE(reply.text(), std::string("say STOR and "));
        QCOMPARE(shown, reply.text());
        QCOMPARE(reply.ids().size(), std::string("say STOR and STOP").size());
    }

    void held_back_text_appears_when_the_reply_ends_otherwise() {
        Reply reply = make(limits(3, {"abcd"}));
        QCOMPARE(reply.push('a'), std::string());
        QCOMPARE(reply.push('b'), std::string());
        QCOMPARE(reply.push('c'), std::string("abc"));
        QCOMPARE(reply.finish_reason(), std::string("length"));
    }

    void the_end_token_is_an_id_but_no_text() {
        Reply reply = make(limits(10));
        QCOMPARE(reply.push('a'), std::string("a"));
        QCOMPARE(reply.push(kEnd), std::string());
        QCOMPARE(reply.finish_reason(), std::string("eos"));
        QCOMPARE(reply.ids(), (std::vector<TokenId>{'a', kEnd}));
        QCOMPARE(reply.text(), std::string("a"));
    }

    void ignoring_the_end_mark_goes_on() {
        SamplingParams sampling = limits(3);
        sampling.ignore_eos = true;
        Reply reply = make(sampling);
        reply.push(kEnd);
        QVERIFY(!reply.finished());
        reply.push('a');
        reply.push('b');
        QCOMPARE(reply.finish_reason(), std::string("length"));
    }

    void half_a_character_is_never_shown() {
        Reply reply = make(limits(10));
        QCOMPARE(reply.push(0xC3), std::string());
        QCOMPARE(reply.push(0xA9), std::string("\xC3\xA9"));
        reply.push(0xE2);
        QCOMPARE(reply.finish("cancelled"), std::string("\xEF\xBF\xBD"));
        QCOMPARE(reply.finish_reason(), std::string("cancelled"));
    }

    void without_a_tokenizer_there_are_only_ids() {
        Reply reply(nullptr, limits(2), {}, 1);
        QCOMPARE(reply.push(5), std::string());
        QCOMPARE(reply.push(6), std::string());
        QCOMPARE(reply.ids(), (std::vector<TokenId>{5, 6}));
    }
};

QTEST_GUILESS_MAIN(TstReply)
#include "tst_reply.moc"
