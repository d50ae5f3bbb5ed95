// Oniguruma's dialect on PCRE2: character classes, matches in order, bounded work.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/regex.h"

#include <vector>

#include "core/base/error.h"

#include <QtTest>

using namespace molt;

namespace {

std::vector<std::string> matches(const std::string& pattern, const std::string& text) {
    std::vector<std::string> found;
    Regex(pattern).for_each(
        text, [&](std::size_t begin, std::size_t end) { found.push_back(text.substr(begin, end - begin)); });
    return found;
}

using Texts = std::vector<std::string>;

}  // namespace

class TstRegex : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void matches_come_in_order() {
        QCOMPARE(matches(" ?\\p{L}+|\\p{N}", "ab 12 cd"), (Texts{"ab", "1", "2", " cd"}));
        QCOMPARE(matches("\\s+(?!\\S)|\\s+", "a   b "), (Texts{"  ", " ", " "}));
        QCOMPARE(matches("b*", "abb"), (Texts{"", "bb"}));
        QCOMPARE(matches("x", ""), Texts());
    }

    void classes_are_those_of_oniguruma() {
        QCOMPARE(matches("\\s", "\xE1\xA0\x8E"), Texts());  // U+180E is no space
        QCOMPARE(matches("[^\\s]", "\xE1\xA0\x8E").size(), std::size_t{1});
        QCOMPARE(matches("\\p{L}", "\xF0\xAE\xAF\xB0").size(), std::size_t{1});  // U+2EBF0, assigned in Unicode 15.1
        QCOMPARE(matches("[^\\p{L}]", "\xF0\xAE\xAF\xB0"), Texts());
        QCOMPARE(matches("\\P{L}", "\xF0\xAE\xAF\xB0"), Texts());
        QCOMPARE(matches("\\h+", "xyzAf09"), (Texts{"Af09"}));            // hexadecimal digits
        QCOMPARE(matches("(?i:'s)", "'\xC5\xBF"), (Texts{"'\xC5\xBF"}));  // the long s folds to s
        QCOMPARE(matches("(?m:a.b)", "a\nb"), (Texts{"a\nb"}));
    }

    void plain_texts_match_themselves() {
        const std::string odd = "a.b*[c]\\ (d) #";
        QCOMPARE(matches(regex_of_text(odd), "x" + odd + "y"), (Texts{odd}));
    }

    void what_cannot_be_used_is_refused_with_the_pattern() {
        for (const char* pattern : {"(a", "[a[b]]", "[a&&b]", "\\p{Nonsense}"}) {
            QVERIFY_EXCEPTION_THROWN(Regex{std::string_view(pattern)}, Error);
        }
    }

    void a_search_that_explodes_is_stopped() {
        QVERIFY_EXCEPTION_THROWN(matches("(?:a|aa)+$", std::string(200, 'a') + "b"), Error);
    }
};

QTEST_GUILESS_MAIN(TstRegex)
#include "tst_regex.moc"
