// JSON reading: what is accepted, and that every refusal says where.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"

#include <QtTest>
#include <random>

#include "core/base/files.h"
#include "tests/support/expect_error.h"

using namespace molt;

namespace {

std::string refused(std::string_view text, bool comments = false) {
    return expect_error(ErrorCode::BadFile, [&] { parse_json(text, "here.json", comments); }).what();
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

class TstJson : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void the_order_of_keys_is_kept() {
        QCOMPARE(parse_json(R"({"z": 1, "a": 2})", "t").dump(), std::string(R"({"z":1,"a":2})"));
    }

    void mistakes_are_told_with_line_and_column() {
        const std::string message = refused("{\n  \"a\": 1,\n  \"b\": oops\n}");
        QVERIFY2(contains(message, "here.json") && contains(message, "line 3"), message.c_str());
        QVERIFY(contains(refused("{\"a\": 1} ]"), "line 1, column 10"));
        refused("{\"a\": 1} trailing");
        refused("");
        refused("{\"a\": 1");
        refused("{\"a\": \"\xFF\"}");
        refused("{\"a\": 1e999}");
        refused("nul");
    }

    void comments_are_allowed_only_where_asked_for() {
        QCOMPARE(parse_json("// c\n{\"a\": 1 // d\n}", "t", true)["a"].get<int>(), 1);
        refused("// c\n{}");
    }

    void deep_nesting_is_refused_and_does_not_overflow() {
        const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
        parse_json(nested(128), "t");
        QVERIFY(contains(refused(nested(129)), "128"));
        refused(nested(2000000));
        refused(std::string(2000000, '['));
    }

    void typed_access_names_file_key_and_types() {
        const json object = parse_json(
            R"({"b": true, "i": 5, "p": 1e6, "f": 1.5, "s": "x", "n": null, "u": 18446744073709551615})", "t");
        QCOMPARE(get<bool>(object, "b", "t"), true);
        QCOMPARE(get<int>(object, "i", "t"), 5);
        QCOMPARE(get<std::int64_t>(object, "p", "t"), 1000000);
        QCOMPARE(get<double>(object, "i", "t"), 5.0);
        QCOMPARE(get<std::string>(object, "s", "t"), std::string("x"));
        QCOMPARE(get_or<int>(object, "none", 7, "t"), 7);
        QCOMPARE(get_or<int>(object, "n", 7, "t"), 7);
        const auto bad = [&](const std::function<void()>& action) {
            return std::string(expect_error(ErrorCode::BadFile, action).what());
        };
        const std::string message = bad([&] { get<std::int64_t>(object, "f", "here.json"); });
        QVERIFY(contains(message, "here.json") && contains(message, "\"f\"") && contains(message, "whole number"));
        QVERIFY(contains(bad([&] { get<int>(object, "none", "t"); }), "missing"));
        bad([&] { get<bool>(object, "i", "t"); });
        bad([&] { get<std::string>(object, "i", "t"); });
        bad([&] { get<double>(object, "s", "t"); });
        bad([&] { get<std::int64_t>(object, "u", "t"); });
        bad([&] { get<int>(json{{"i", std::int64_t{1} << 40}}, "i", "t"); });
        bad([&] { get<int>(json::array(), "i", "t"); });
        bad([&] { get_or<int>(json::array(), "i", 1, "t"); });
        bad([&] { get_or<int>(object, "s", 1, "t"); });
    }

    void files_are_read_or_named() {
        const TemporaryFolder folder;
        write_file(folder.path() / "a.json", "{\"x\": 1}");
        QCOMPARE(read_json_file(folder.path() / "a.json")["x"].get<int>(), 1);
        expect_error(ErrorCode::NotFound, [&] { read_json_file(folder.path() / "b.json"); });
        expect_error(ErrorCode::NotFound, [&] { read_json_file(folder.path()); });
    }

    void mutated_documents_are_read_or_refused() {
        const std::string good = R"({"a": [1, 2.5, {"b": "\u00e9\n"}], "c": null, "d": -1e-3, "e": "x"})";
        std::mt19937 random(23);
        int refusals = 0;
        for (int round = 0; round < 5000; ++round) {
            std::string text = good;
            for (unsigned n = 1 + random() % 3; n > 0; --n) {
                const std::size_t at = random() % text.size();
                if (random() % 2 == 0) {
                    text[at] = static_cast<char>(random() % 256);
                } else {
                    text.erase(at, random() % 4);
                    if (text.empty()) text = "{";
                }
            }
            try {
                parse_json(text, "t");
            } catch (const Error& error) {
                QVERIFY(error.code() == ErrorCode::BadFile);
                ++refusals;
            }
        }
        QVERIFY(refusals > 1000);
    }
};

QTEST_GUILESS_MAIN(TstJson)
#include "tst_json.moc"
