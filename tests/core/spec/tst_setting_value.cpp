// Single values of settings: what is read, what is refused, and what the refusal says.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/setting_value.h"

#include <QtTest>
#include <limits>

#include "tests/support/expect_error.h"

using namespace molt;

namespace {

constexpr std::string_view kColours[] = {"red", "green", "blue"};
const Field kSmall{.name = "n", .label = "N", .unit = "steps", .help = "A number.", .min = 0, .max = 10};
const Field kColour{.name = "c", .label = "C", .unit = "", .help = "A colour.", .choices = kColours};
const Field kFree{.name = "f", .label = "F", .unit = "", .help = "Anything."};

template <class T>
T read(const char* text, const Field& field) {
    T value{};
    read_value(parse_json(text, "test"), field, "key", value);
    return value;
}

template <class T>
std::string refused(const char* text, const Field& field) {
    return expect_error(ErrorCode::BadConfig, [&] { read<T>(text, field); }).what();
}

}  // namespace

class TstSettingValue : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whole_numbers_may_be_written_as_powers() {
        QCOMPARE(read<std::int64_t>("1e6", kFree), 1000000);
        QCOMPARE(read<std::int64_t>("9007199254740993", kFree), std::int64_t{9007199254740993});
        refused<std::int64_t>("1.5", kFree);
        refused<std::int64_t>("1e300", kFree);
        refused<std::int64_t>("18446744073709551615", kFree);
        refused<std::int64_t>("\"5\"", kFree);
        refused<std::int64_t>("true", kFree);
        refused<std::int64_t>("null", kFree);
    }

    void ranges_are_told_with_their_unit() {
        const std::string message = refused<std::int64_t>("11", kSmall);
        QVERIFY(message.find("key is 11") != std::string::npos);
        QVERIFY(message.find("0 to 10 steps") != std::string::npos);
        refused<double>("-0.001", kSmall);
        QCOMPARE(read<double>("10", kSmall), 10.0);
        QCOMPARE(read<std::int64_t>("0", kSmall), 0);
    }

    void numbers_are_finite() {
        expect_error(ErrorCode::BadConfig, [] { check_value(kFree, "key", std::numeric_limits<double>::quiet_NaN()); });
        expect_error(ErrorCode::BadConfig, [] { check_value(kFree, "key", std::numeric_limits<double>::infinity()); });
        expect_error(ErrorCode::BadConfig,
                     [] { check_value(kSmall, "key", std::numeric_limits<double>::quiet_NaN()); });
    }

    void choices_are_listed_and_the_nearest_is_named() {
        QCOMPARE(read<std::string>("\"green\"", kColour), std::string("green"));
        const Error error = expect_error(ErrorCode::BadConfig, [] { read<std::string>("\"gren\"", kColour); });
        QVERIFY(std::string(error.what()).find("red, green, blue") != std::string::npos);
        QVERIFY(error.hint().find("green") != std::string::npos);
    }

    void texts_are_utf8_without_nul() {
        expect_error(ErrorCode::BadConfig, [] { check_value(kFree, "key", std::string("caf\xE9")); });
        expect_error(ErrorCode::BadConfig, [] { check_value(kFree, "key", std::string("a\0b", 3)); });
        QVERIFY(refused<std::vector<std::string>>(R"(["a", "b\u0000"])", kFree).find("key.1") == 0);
    }

    void a_failed_read_changes_nothing() {
        std::int64_t value = 7;
        expect_error(ErrorCode::BadConfig, [&] { read_value(json(99), kSmall, "key", value); });
        QCOMPARE(value, 7);
        std::vector<std::string> list{"old"};
        expect_error(ErrorCode::BadConfig, [&] { read_value(json::parse(R"(["new", 1])"), kFree, "key", list); });
        QVERIFY(list == std::vector<std::string>{"old"});
    }

    void held_out_is_a_share_or_a_path() {
        QCOMPARE(read<HeldOut>("0.25", kFree).share, 0.25);
        QCOMPARE(read<HeldOut>("\"held.txt\"", kFree).path, std::string("held.txt"));
        QCOMPARE(read<HeldOut>("0", kFree).share, 0.0);
        refused<HeldOut>("1", kFree);
        refused<HeldOut>("-0.1", kFree);
        refused<HeldOut>("[]", kFree);
    }

    void attention_is_a_share_a_text_or_layers() {
        QCOMPARE(*read<AttentionChoice>("0.5", kFree).share, 0.5);
        QVERIFY(read<AttentionChoice>("[1, 3]", kFree).layers == (std::vector<std::int64_t>{1, 3}));
        QVERIFY(read<AttentionChoice>("[]", kFree).layers.empty());
        QVERIFY(read<AttentionChoice>("\"layers:3\"", kFree).layers == std::vector<std::int64_t>{3});
        refused<AttentionChoice>("2", kFree);
        refused<AttentionChoice>("[-1]", kFree);
        refused<AttentionChoice>("[0.5]", kFree);
        QVERIFY(refused<AttentionChoice>("\"some\"", kFree).find("key: ") == 0);
    }

    void command_line_texts_become_the_json_of_their_kind() {
        QVERIFY(text_to_json("5", ValueKind::Text) == json("5"));
        QVERIFY(text_to_json("true", ValueKind::Text) == json("true"));
        QVERIFY(text_to_json("true", ValueKind::Flag) == json(true));
        QVERIFY(text_to_json("1e6", ValueKind::Integer) == json(1e6));
        QVERIFY(text_to_json("9007199254740993", ValueKind::Integer) == json(std::int64_t{9007199254740993}));
        QVERIFY(text_to_json("0.1", ValueKind::HeldOut) == json(0.1));
        QVERIFY(text_to_json("held.txt", ValueKind::HeldOut) == json("held.txt"));
        QVERIFY(text_to_json("a, b*", ValueKind::TextList) == json::parse(R"(["a", "b*"])"));
        QVERIFY(text_to_json("", ValueKind::TextList) == json::array());
        QVERIFY(text_to_json("[\"a,b\"]", ValueKind::TextList) == json::parse(R"(["a,b"])"));
        QVERIFY(text_to_json("1,2", ValueKind::IntegerList) == json::parse("[1, 2]"));
        QVERIFY(text_to_json("x.txt", ValueKind::Object) == json("x.txt"));
        QVERIFY(text_to_json("{\"path\": \"x\"}", ValueKind::Object).is_object());
        // What does not fit stays a text; reading it says what was expected.
        QVERIFY(text_to_json("yes", ValueKind::Flag) == json("yes"));
        QVERIFY(text_to_json("5x", ValueKind::Integer) == json("5x"));
    }
};

QTEST_GUILESS_MAIN(TstSettingValue)
#include "tst_setting_value.moc"
