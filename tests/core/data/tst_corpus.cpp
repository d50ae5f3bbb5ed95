// Tests of core/data/corpus.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/corpus.h"

#include <QtTest>

#include "core/base/files.h"
#include "tests/support/byte_tokenizer.h"
#include "tests/support/expect_error.h"

namespace molt {

class TstCorpus : public QObject {
    Q_OBJECT

    TemporaryFolder folder_;
    ByteTokenizer tokenizer_;
    ChatTemplate template_ = ChatTemplate::named("plain");

    DataSource source(const std::string& name, const std::string& bytes) {
        write_file(folder_.path() / name, bytes);
        return {.path = (folder_.path() / name).string(), .format = "auto", .limit = 0};
    }
    DataSource numbered(int documents) {
        std::string lines;
        for (int i = 0; i < documents; ++i) lines += "{\"text\": \"document " + std::to_string(i) + "\"}\n";
        return source("numbered.jsonl", lines);
    }
    std::string text_of(const Corpus& corpus) {
        return tokenizer_.decode(std::vector<TokenId>(corpus.tokens.begin(), corpus.tokens.end()), false);
    }

private Q_SLOTS:
    void documents_carry_begin_and_end_marks() {
        const Corpus corpus = Corpus::read(source("a.txt", "ab"), tokenizer_, template_);
        const std::vector<std::int32_t> expected{ByteTokenizer::kBegin, 'a', 'b', ByteTokenizer::kEnd};
        QCOMPARE(corpus.tokens, expected);
        QCOMPARE(corpus.num_documents(), std::int64_t{1});
    }

    void documents_keep_their_order() {
        const Corpus corpus = Corpus::read(numbered(100), tokenizer_, template_);
        QCOMPARE(corpus.num_documents(), std::int64_t{100});
        std::string expected;
        for (int i = 0; i < 100; ++i) expected += "document " + std::to_string(i);
        QCOMPARE(text_of(corpus), expected);
        for (const std::int64_t start : corpus.starts) {
            QCOMPARE(corpus.tokens[static_cast<std::size_t>(start)], static_cast<std::int32_t>(ByteTokenizer::kBegin));
        }
    }

    void conversations_go_through_the_template() {
        const DataSource chat = source("chat.jsonl", "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]}");
        const Corpus corpus = Corpus::read(chat, tokenizer_, template_);
        const auto rendered = template_.render(tokenizer_, std::vector<ChatMessage>{{"user", "hi"}}, false);
        QCOMPARE(std::vector<TokenId>(corpus.tokens.begin(), corpus.tokens.end()), rendered.ids);
    }

    void replies_only_masks_everything_that_the_assistant_does_not_say() {
        DataSource chat = source("replies.jsonl",
                                 "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}, "
                                 "{\"role\": \"assistant\", \"content\": \"hello\"}]}\n{\"text\": \"plain\"}");
        QVERIFY(Corpus::read(chat, tokenizer_, template_).masked.empty());
        chat.loss_on = "replies";
        const Corpus corpus = Corpus::read(chat, tokenizer_, template_);
        const auto rendered =
            template_.render(tokenizer_, std::vector<ChatMessage>{{"user", "hi"}, {"assistant", "hello"}}, false);
        QCOMPARE(corpus.masked.size(), corpus.tokens.size());
        int counted = 0;
        for (std::size_t i = 0; i < rendered.ids.size(); ++i) {
            QCOMPARE(corpus.masked[i], !rendered.loss_mask[i]);
            counted += rendered.loss_mask[i] ? 1 : 0;
        }
        QVERIFY(counted >= 5);
        // A plain text has no turns: all of it counts, also in a slice of its own.
        const Corpus plain = corpus.slice(1, 2);
        QCOMPARE(std::count(plain.masked.begin(), plain.masked.end(), true), std::ptrdiff_t{0});
    }

    void an_unknown_role_names_the_first_such_record() {
        const std::string bad = "{\"messages\": [{\"role\": \"ghost\", \"content\": \"\"}]}\n";
        std::string lines = "{\"text\": \"x\"}\n" + bad;
        for (int i = 0; i < 20; ++i) lines += bad;
        const DataSource chat = source("role.jsonl", lines);
        for (int round = 0; round < 20; ++round) {
            const Error error = expect_error(ErrorCode::Mismatch,
                                             [&] { Corpus::read(chat, tokenizer_, ChatTemplate::named("chatml")); });
            QVERIFY2(std::string(error.what()).find("record 2:") != std::string::npos, error.what());
        }
    }

    void an_empty_file_is_a_mismatch() {
        const DataSource empty = source("empty.txt", "");
        expect_error(ErrorCode::Mismatch, [&] { Corpus::read(empty, tokenizer_, template_); });
    }

    void the_share_takes_the_last_documents() {
        const auto parts = read_corpora(numbered(40), {.path = {}, .share = 0.1}, tokenizer_, template_);
        QCOMPARE(parts.train.num_documents(), std::int64_t{36});
        QCOMPARE(parts.held_out.num_documents(), std::int64_t{4});
        QVERIFY(text_of(parts.held_out).starts_with("document 36"));
        QVERIFY(text_of(parts.train).ends_with("document 35"));
    }

    void one_document_is_cut_by_tokens() {
        const std::string text(1000, 'x');
        const auto parts = read_corpora(source("one.txt", text), {.path = {}, .share = 0.05}, tokenizer_, template_);
        QCOMPARE(parts.train.num_tokens() + parts.held_out.num_tokens(), std::int64_t{1002});
        QCOMPARE(parts.held_out.num_tokens(), std::int64_t{50});
        QCOMPARE(parts.held_out.starts, std::vector<std::int64_t>{0});
    }

    void training_and_held_out_data_never_overlap() {
        for (const double share : {0.01, 0.05, 0.3, 0.5, 0.9}) {
            for (const int documents : {1, 2, 3, 10, 33}) {
                const DataSource data = numbered(documents);
                const Corpus all = Corpus::read(data, tokenizer_, template_);
                const auto parts = read_corpora(data, {.path = {}, .share = share}, tokenizer_, template_);
                QVERIFY(parts.train.num_tokens() > 0);
                std::vector<std::int32_t> joined = parts.train.tokens;
                joined.insert(joined.end(), parts.held_out.tokens.begin(), parts.held_out.tokens.end());
                QCOMPARE(joined, all.tokens);
            }
        }
    }

    void a_file_of_its_own_is_read_whole() {
        const DataSource held = source("held.txt", "held out");
        const auto parts = read_corpora(numbered(3), {.path = held.path, .share = 0.0}, tokenizer_, template_);
        QCOMPARE(parts.train.num_documents(), std::int64_t{3});
        QCOMPARE(text_of(parts.held_out), std::string("held out"));
    }

    void no_share_means_no_held_out_data() {
        const auto parts = read_corpora(numbered(3), {.path = {}, .share = 0.0}, tokenizer_, template_);
        QCOMPARE(parts.held_out.num_tokens(), std::int64_t{0});
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstCorpus)
#include "tst_corpus.moc"
