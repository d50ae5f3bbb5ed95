// Tests of the demo's dialogues: reproducible, and every answer follows from what was told before.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <map>
#include <sstream>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/data/demo_language.h"

using namespace molt;

namespace {

/// A reader that knows nothing of the writer: remembers "NAME VERB ..." sentences under (name, verb).
class Listener {
public:
    void hear(const std::string& text) {
        std::istringstream words(text);
        std::vector<std::string> sentence;
        for (std::string word; words >> word;) {
            sentence.push_back(word);
            if (word.back() != '.') continue;
            if (sentence.front() == "Now") sentence.erase(sentence.begin());
            facts_[sentence[0] + " " + sentence[1]] = join_list(sentence, " ");
            sentence.clear();
        }
    }
    std::string answer(const std::string& question) const {
        const std::vector<std::string> words = split(question, ' ');
        const std::string name = words[2];
        std::string verb = words[3].substr(0, words[3].size() - 1);
        verb = verb == "have" ? "has" : verb + "s";
        const auto found = facts_.find(name + " " + verb);
        return found == facts_.end() ? "I do not know that." : found->second;
    }

private:
    std::map<std::string, std::string> facts_;
};

}  // namespace

class TstDemoLanguage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void same_seed_same_dialogues_and_other_seed_other_dialogues() {
        const auto first = demo_dialogues(7, 20), again = demo_dialogues(7, 20), other = demo_dialogues(8, 20);
        QCOMPARE(demo_dialogue_json(first[19]), demo_dialogue_json(again[19]));
        QVERIFY(demo_dialogue_json(first[0]) != demo_dialogue_json(other[0]));
    }

    void a_longer_list_begins_with_the_shorter_one() {
        QCOMPARE(demo_dialogue_json(demo_dialogues(3, 5)[4]), demo_dialogue_json(demo_dialogues(3, 50)[4]));
    }

    void every_answer_follows_from_what_was_told_before() {
        int asked = 0;
        for (const auto& dialogue : demo_dialogues(1, 2000)) {
            Listener listener;
            for (std::size_t i = 0; i + 1 < dialogue.size(); i += 2) {
                QCOMPARE(dialogue[i].role, std::string("user"));
                QCOMPARE(dialogue[i + 1].role, std::string("assistant"));
                const std::string& said = dialogue[i].content;
                if (said.back() == '?') {
                    QCOMPARE(dialogue[i + 1].content, listener.answer(said));
                    ++asked;
                } else if (said.back() == '.') {
                    listener.hear(said);
                }
            }
        }
        QVERIFY2(asked > 6000, "most rounds ask");
    }

    void json_line_is_the_usual_chat_form() {
        const json line = parse_json(demo_dialogue_json(demo_dialogues(1, 1)[0]), "test");
        QVERIFY(line.at("messages").size() >= 8);
        QCOMPARE(line.at("messages")[0].at("role").get<std::string>(), std::string("user"));
    }

    void paths_are_checked() {
        QVERIFY(is_demo_path("demo:1:20"));
        QCOMPARE(demo_dialogues_from_path("demo:1:20").size(), std::size_t{20});
        for (const char* bad :
             {"demo:", "demo:1", "demo:x:3", "demo:1:0", "demo:1:99999999999", "demo:1:2:3", "demo:1:-4"}) {
            QVERIFY_EXCEPTION_THROWN(demo_dialogues_from_path(bad), Error);
        }
    }
};

QTEST_GUILESS_MAIN(TstDemoLanguage)
#include "tst_demo_language.moc"
