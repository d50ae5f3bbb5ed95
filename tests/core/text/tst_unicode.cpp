// Unicode facts at the versions that the reference programs use, and white space at the ends of texts.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/unicode.h"

#include <QtTest>

using namespace molt;

class TstUnicode : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void normal_forms_compose_and_decompose() {
        QCOMPARE(normalise("e\xCC\x81", NormalForm::Nfc), std::string("\xC3\xA9"));
        QCOMPARE(normalise("\xC3\xA9", NormalForm::Nfd), std::string("e\xCC\x81"));
        QCOMPARE(normalise("\xEF\xAC\x81", NormalForm::Nfkc), std::string("fi"));
        QCOMPARE(normalise("\xEA\xB0\x80", NormalForm::Nfd), std::string("\xE1\x84\x80\xE1\x85\xA1"));
        QCOMPARE(normalise("plain", NormalForm::Nfkd), std::string("plain"));
    }

    void characters_after_unicode_9_stay_as_they_are() {
        QCOMPARE(normalise("\xE3\x8B\xBF", NormalForm::Nfkc), std::string("\xE3\x8B\xBF"));  // U+32FF, Unicode 12.1
    }

    void small_letters_stand_alone() {
        QCOMPARE(lower_case("\xC3\x84\xCE\xA3"), std::string("\xC3\xA4\xCF\x83"));  // no final sigma
        QCOMPARE(lower_case("\xC4\xB0"), std::string("i\xCC\x87"));                 // I with a dot
        QCOMPARE(lower_case("\xEA\x9F\x8C"), std::string("\xEA\x9F\x8D"));          // U+A7CC, Unicode 16
        QCOMPARE(lower_case("\xEA\x9F\x8B"), std::string("\xC9\xA4"));              // U+A7CB -> U+0264
    }

    void kinds_of_characters() {
        QVERIFY(is_white_space(0x3000) && !is_white_space(0x180E));
        QVERIFY(is_number(0xBD) && is_number(0x11DE0) && !is_number('a'));
        QVERIFY(is_punctuation('+') && is_punctuation(0x3001) && !is_punctuation(0x2E52));
        QVERIFY(is_mark(0x301) && is_mark(0x903) && !is_mark('a'));
        QVERIFY(is_word_character('_') && is_word_character(0x4E00) && !is_word_character('-'));
    }

    void white_space_at_the_ends_is_counted_in_bytes() {
        QCOMPARE(leading_space(" \xE3\x80\x80"
                               "a "),
                 std::size_t{4});
        QCOMPARE(trailing_space("a \xE3\x80\x80"), std::size_t{4});
        QCOMPARE(leading_space("   "), std::size_t{3});
        QCOMPARE(trailing_space(""), std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(TstUnicode)
#include "tst_unicode.moc"
