// Tests of core/data/records.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/records.h"

#include <QtTest>
#include <fstream>
#include <random>

#include "core/base/error.h"
#include "core/base/files.h"
#include "tests/support/expect_error.h"

namespace molt {

class TstRecords : public QObject {
    Q_OBJECT

    TemporaryFolder folder_;

    DataSource source(const std::string& name, const std::string& bytes) {
        std::ofstream(folder_.path() / name, std::ios::binary) << bytes;
        return {.path = (folder_.path() / name).string(), .format = "auto", .limit = 0};
    }

private Q_SLOTS:
    void a_text_file_is_one_document() {
        const auto records = read_records(source("a.txt", "One.\n\nTwo.\n"));
        QCOMPARE(records.size(), std::size_t{1});
        QCOMPARE(records[0].text, std::string("One.\n\nTwo.\n"));
    }

    void end_of_text_marks_separate_documents() {
        const auto records = read_records(source("b.txt", "One.\n<|endoftext|>\nTwo.\n<|endoftext|>\n"));
        QCOMPARE(records.size(), std::size_t{2});
        QCOMPARE(records[0].text, std::string("One."));
        QCOMPARE(records[1].text, std::string("Two."));
    }

    void jsonl_reads_text_messages_sharegpt_and_alpaca() {
        const auto records = read_records(source(
            "c.jsonl",
            "{\"text\": \"hello\"}\n\n"
            "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": "
            "\"b\"}]}\n"
            "{\"conversations\": [{\"from\": \"human\", \"value\": \"c\"}, {\"from\": \"gpt\", \"value\": \"d\"}]}\n"
            "{\"instruction\": \"e\", \"input\": \"f\", \"output\": \"g\"}"));
        QCOMPARE(records.size(), std::size_t{4});
        QCOMPARE(records[0].text, std::string("hello"));
        QCOMPARE(records[1].messages[1].content, std::string("b"));
        QCOMPARE(records[1].line, std::int64_t{3});
        QCOMPARE(records[2].messages[0].role, std::string("user"));
        QCOMPARE(records[2].messages[1].role, std::string("assistant"));
        QCOMPARE(records[3].messages[0].content, std::string("e\n\nf"));
        QCOMPARE(records[3].messages[1].content, std::string("g"));
    }

    void content_may_be_a_list_of_text_parts() {
        const auto records = read_records(source("parts.jsonl",
                                                 "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": "
                                                 "\"text\", \"value\": \"hi\"}, {\"type\": \"text\", "
                                                 "\"text\": \" you\"}]}]}"));
        QCOMPARE(records[0].messages[0].content, std::string("hi you"));
    }

    void a_json_array_is_a_list_of_records() {
        const auto records = read_records(source("d.json", "[{\"text\": \"x\"},\n {\"text\": \"y\"}]"));
        QCOMPARE(records.size(), std::size_t{2});
        QCOMPARE(records[1].line, std::int64_t{2});
    }

    void the_limit_counts_records() {
        DataSource limited = source("e.jsonl", "{\"text\": \"1\"}\n{\"text\": \"2\"}\nnot json\n");
        limited.limit = 2;
        QCOMPARE(read_records(limited).size(), std::size_t{2});
    }

    void errors_name_the_line() {
        const DataSource bad = source("f.jsonl", "{\"text\": \"1\"}\n{\"text\": 2}\n");
        const Error error = expect_error(ErrorCode::BadFile, [&] { read_records(bad); });
        QVERIFY2(std::string(error.what()).find("line 2") != std::string::npos, error.what());
    }

    void wrong_forms_are_refused() {
        const char* const forms[] = {
            "{\"txt\": \"1\"}",
            "[1, 2]",
            "7",
            "{\"messages\": 3}",
            "{\"messages\": [3]}",
            "{\"messages\": [{\"role\": \"user\"}]}",
            "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\"}]}]}",
            "{\"conversations\": [{\"from\": \"alien\", \"value\": \"x\"}]}",
            "{\"instruction\": \"x\"}",
            "{\"text\": \"unfinished",
        };
        for (const char* form : forms) {
            const DataSource bad = source("g.jsonl", form);
            expect_error(ErrorCode::BadFile, [&] { read_records(bad); });
        }
        expect_error(ErrorCode::NotFound, [&] { read_records({.path = (folder_.path() / "none").string()}); });
        expect_error(ErrorCode::NotFound, [&] { read_records({.path = folder_.path().string()}); });
    }

    void bytes_that_are_not_utf8_become_the_replacement_character() {
        QCOMPARE(read_records(source("h.txt", "a\xFFz"))[0].text, std::string("a\xEF\xBF\xBDz"));
        QCOMPARE(read_records(source("h.jsonl", "{\"text\": \"a\xC3\"}"))[0].text, std::string("a\xEF\xBF\xBD"));
    }

    void the_format_wins_over_the_name() {
        DataSource text = source("i.jsonl", "{\"text\": \"1\"}");
        text.format = "text";
        QCOMPARE(read_records(text)[0].text, std::string("{\"text\": \"1\"}"));
    }

    void demo_paths_are_generated() {
        DataSource demo{.path = "demo:1:5", .format = "auto", .limit = 0};
        QCOMPARE(read_records(demo).size(), std::size_t{5});
        demo.limit = 2;
        QCOMPARE(read_records(demo).size(), std::size_t{2});
    }

    void mutated_files_are_read_or_refused() {
        const std::string good =
            "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}\n{\"conversations\": [{\"from\": \"gpt\", "
            "\"value\": "
            "\"d\"}]}\n{\"text\": \"\\u00e4\"}\n";
        std::mt19937 random(7);
        for (int round = 0; round < 2000; ++round) {
            std::string bytes = good;
            for (int change = 0; change < 3; ++change) bytes[random() % bytes.size()] = static_cast<char>(random());
            const DataSource mutated = source("j.jsonl", bytes);
            try {
                read_records(mutated);
            } catch (const Error& error) {
                QCOMPARE(error.code(), ErrorCode::BadFile);
            }
        }
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstRecords)
#include "tst_records.moc"
