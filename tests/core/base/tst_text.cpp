// Text helpers: numbers with units, globs, nearest names, UTF-8 against an independent definition.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"

#include <QtTest>
#include <limits>
#include <random>

using namespace molt;

namespace {

/// Encodes a code point; the other direction of the same table that the product reads.
std::string encoded(unsigned code, int length) {
    static constexpr unsigned kLead[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
    std::string out(static_cast<std::size_t>(length), '\0');
    for (int i = length - 1; i > 0; --i) {
        out[static_cast<std::size_t>(i)] = static_cast<char>(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = static_cast<char>(kLead[length] | code);
    return out;
}

int shortest_length(unsigned code) { return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4; }

/// Whether `bytes` is the well-formed form of one code point: decoded without checks, then encoded and compared.
bool is_character(std::string_view bytes) {
    const auto length = static_cast<int>(bytes.size());
    const auto lead = static_cast<unsigned char>(bytes[0]);
    unsigned code = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (int i = 1; i < length; ++i)
        code = (code << 6) | (static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]) & 0x3F);
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code <= 0x10FFFF && !surrogate && shortest_length(code) == length && encoded(code, length) == bytes;
}

/// Whether `bytes` begins some longer well-formed character: filled up with the lowest or highest continuation.
bool is_beginning(std::string_view bytes) {
    for (std::size_t length = bytes.size() + 1; length <= 4; ++length) {
        for (const char fill : {'\x80', '\xBF'}) {
            std::string whole(bytes);
            whole.resize(length, fill);
            if (is_character(whole)) return true;
        }
    }
    return false;
}

/// Replaces as Unicode recommends (section 3.9, maximal subparts), byte by byte.
std::string replaced(std::string_view bytes) {
    std::string out;
    for (std::size_t at = 0; at < bytes.size();) {
        std::size_t whole = 0, begun = 1;
        for (std::size_t length = 1; length <= 4 && at + length <= bytes.size(); ++length) {
            if (is_character(bytes.substr(at, length))) whole = length;
            if (is_beginning(bytes.substr(at, length))) begun = length;
        }
        out += whole > 0 ? std::string(bytes.substr(at, whole)) : "\xEF\xBF\xBD";
        at += whole > 0 ? whole : begun;
    }
    return out;
}

std::string random_bytes(std::mt19937& random) {
    // Mostly bytes that matter to UTF-8, so that sequences are long and broken in every way.
    static constexpr unsigned char kBytes[] = {0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                                               0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    std::string out;
    for (unsigned n = random() % 9; n > 0; --n) out += static_cast<char>(kBytes[random() % std::size(kBytes)]);
    return out;
}

}  // namespace

class TstText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void numbers_have_three_digits_and_a_unit() {
        QCOMPARE(format_bytes(312), std::string("312 B"));
        QCOMPARE(format_bytes(1536), std::string("1.50 KiB"));
        QCOMPARE(format_bytes(12 << 20), std::string("12.0 MiB"));
        QCOMPARE(format_bytes(std::int64_t{300} << 30), std::string("300 GiB"));
        QCOMPARE(format_bytes(0), std::string("0 B"));
        QCOMPARE(format_count(999), std::string("999"));
        QCOMPARE(format_count(260000), std::string("260 K"));
        QCOMPARE(format_count(1230000000), std::string("1.23 B"));
    }

    void durations_are_short() {
        QCOMPARE(format_duration(0.4), std::string("0.4 s"));
        QCOMPARE(format_duration(12.2), std::string("12 s"));
        QCOMPARE(format_duration(59.7), std::string("1m 00s"));
        QCOMPARE(format_duration(200), std::string("3m 20s"));
        QCOMPARE(format_duration(3720), std::string("1h 02m"));
        QCOMPARE(format_duration(std::numeric_limits<double>::quiet_NaN()), std::string("unknown"));
        QCOMPARE(format_duration(-1), std::string("unknown"));
        QCOMPARE(format_duration(std::numeric_limits<double>::infinity()), std::string("unknown"));
    }

    void globs_match_whole_texts() {
        QVERIFY(glob_match("*", ""));
        QVERIFY(glob_match("model.layers.*.mlp.*", "model.layers.12.mlp.up_proj.weight"));
        QVERIFY(!glob_match("model.layers.*.mlp", "model.layers.12.mlp.up_proj.weight"));
        QVERIFY(glob_match("layers.?.x", "layers.3.x"));
        QVERIFY(!glob_match("layers.?.x", "layers.13.x"));
        QVERIFY(glob_match("**a*b", "xxaxxab"));
        QVERIFY(!glob_match("a", "ab"));
        QVERIFY(!glob_match("", "a"));
        // Would take for ever with naive backtracking.
        QVERIFY(!glob_match("*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
    }

    void globs_agree_with_a_recursive_definition() {
        const std::function<bool(std::string_view, std::string_view)> matches = [&](std::string_view p,
                                                                                    std::string_view t) -> bool {
            if (p.empty()) return t.empty();
            if (p[0] == '*') return matches(p.substr(1), t) || (!t.empty() && matches(p, t.substr(1)));
            return !t.empty() && (p[0] == '?' || p[0] == t[0]) && matches(p.substr(1), t.substr(1));
        };
        std::mt19937 random(5);
        for (int round = 0; round < 20000; ++round) {
            std::string pattern, text;
            for (unsigned n = random() % 7; n > 0; --n) pattern += "ab*?"[random() % 4];
            for (unsigned n = random() % 8; n > 0; --n) text += "ab"[random() % 2];
            QVERIFY2(glob_match(pattern, text) == matches(pattern, text), (pattern + " / " + text).c_str());
        }
    }

    void the_nearest_name_is_near() {
        const std::vector<std::string> names{"learning_rate", "batch_size", "steps"};
        QCOMPARE(nearest_name("learning_rte", names), std::string("learning_rate"));
        QCOMPARE(nearest_name("step", names), std::string("steps"));
        QCOMPARE(nearest_name("Steps", names), std::string("steps"));
        QCOMPARE(nearest_name("wombat", names), std::string());
        QCOMPARE(nearest_name("", names), std::string());
        QCOMPARE(nearest_name(std::string(2000000, 'x'), names), std::string());
    }

    void broken_utf8_is_replaced_as_unicode_recommends() {
        bool changed = true;
        QCOMPARE(to_valid_utf8("caf\xC3\xA9", &changed), std::string("caf\xC3\xA9"));
        QVERIFY(!changed);
        // Table 3-8 of the Unicode standard.
        QCOMPARE(to_valid_utf8("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64", &changed),
                 std::string("a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
                             "b\xEF\xBF\xBD"
                             "c\xEF\xBF\xBD\xEF\xBF\xBD"
                             "d"));
        QVERIFY(changed);
    }

    void utf8_agrees_with_an_independent_definition() {
        std::mt19937 random(17);
        for (int round = 0; round < 50000; ++round) {
            const std::string bytes = random_bytes(random);
            const QByteArray shown = QByteArray::fromStdString(bytes).toHex(' ');
            QVERIFY2(to_valid_utf8(bytes) == replaced(bytes), shown.constData());
            // What is cut off is a beginning, and the rest is what stands before it.
            const std::size_t whole = complete_utf8_prefix(bytes);
            QVERIFY2(whole == bytes.size() || is_beginning(std::string_view(bytes).substr(whole)), shown.constData());
            QVERIFY2(bytes.size() - whole <= 3, shown.constData());
            const bool ends_open = [&] {
                for (std::size_t n = 1; n <= 3 && n <= bytes.size(); ++n)
                    if (is_beginning(std::string_view(bytes).substr(bytes.size() - n))) return true;
                return false;
            }();
            QVERIFY2(ends_open == (whole < bytes.size()), shown.constData());
        }
    }

    void every_character_is_whole_and_its_parts_are_not() {
        for (unsigned code = 1; code <= 0x10FFFF; code += code < 0x3000 ? 1 : 37) {
            if (code >= 0xD800 && code <= 0xDFFF) continue;
            const std::string character = encoded(code, shortest_length(code));
            if (complete_utf8_prefix(character) != character.size()) QFAIL(QByteArray::number(code, 16));
            for (std::size_t part = 1; part < character.size(); ++part) {
                if (complete_utf8_prefix(std::string_view(character).substr(0, part)) != 0)
                    QFAIL(QByteArray::number(code, 16));
            }
        }
    }

    void lists_are_joined_split_and_trimmed() {
        const std::vector<std::string> parts{"a", "", "b"};
        QCOMPARE(join_list(parts, ", "), std::string("a, , b"));
        QCOMPARE(join_list({}, ","), std::string());
        QVERIFY(split("a,,b", ',') == parts);
        QVERIFY(split("", ',') == std::vector<std::string>{""});
        QCOMPARE(trim("  a b\r\n"), std::string_view("a b"));
        QCOMPARE(trim(" \t"), std::string_view());
        QCOMPARE(join("x", 1, ' ', 2.5), std::string("x1 2.5"));
    }
};

QTEST_GUILESS_MAIN(TstText)
#include "tst_text.moc"
