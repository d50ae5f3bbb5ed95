// A seeded writer of dialogues: a small world of people with things, homes and hobbies, and rounds that tell, change or
// ask. SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/demo_language.h"

#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace molt {

namespace {

using Words = std::span<const std::string_view>;

constexpr std::string_view kNames[] = {"Anna", "Ben",  "Clara", "David", "Emma", "Felix", "Grace", "Henry",
                                       "Ida",  "Jack", "Kate",  "Leo",   "Mia",  "Noah",  "Olga",  "Paul"};
constexpr std::string_view kColours[] = {"red", "blue", "green", "black", "white", "yellow", "brown", "silver"};
constexpr std::string_view kThings[] = {"kite", "boat", "ball", "drum", "lamp", "cup",  "hat",  "bike",
                                        "book", "bell", "coat", "ring", "cart", "sled", "tent", "harp"};
constexpr std::string_view kCities[] = {"Rome",  "Paris", "Oslo",  "Cairo", "Lima",  "Tokyo",
                                        "Delhi", "Quito", "Seoul", "Porto", "Dakar", "Sofia"};
constexpr std::string_view kHobbies[] = {"chess",   "dancing", "fishing", "singing", "running",
                                         "cooking", "reading", "skating", "sailing", "gardening"};
constexpr std::string_view kGreetings[] = {"Hello!", "Hi!", "Good morning!", "Good evening!"};

constexpr std::int64_t kMostDialogues = 10'000'000;

/// splitmix64: the same numbers on every machine, unlike the distributions of <random>.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31);
    }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
    std::string pick(Words words) { return std::string(words[below(words.size())]); }
    bool chance(std::size_t percent) { return below(100) < percent; }

private:
    std::uint64_t state_;
};

enum class Topic { Thing, City, Hobby };
constexpr std::array kTopics = {Topic::Thing, Topic::City, Topic::Hobby};

struct Fact {
    std::string name;
    Topic topic = Topic::Thing;
};
bool operator<(const Fact& a, const Fact& b) { return std::tie(a.name, a.topic) < std::tie(b.name, b.topic); }

std::string sentence(const Fact& fact, const std::string& value) {
    switch (fact.topic) {
        case Topic::Thing:
            return fact.name + " has a " + value + ".";
        case Topic::City:
            return fact.name + " lives in " + value + ".";
        case Topic::Hobby:
            return fact.name + " likes " + value + ".";
    }
    return {};
}

std::string question(const Fact& fact) {
    switch (fact.topic) {
        case Topic::Thing:
            return "What does " + fact.name + " have?";
        case Topic::City:
            return "Where does " + fact.name + " live?";
        case Topic::Hobby:
            return "What does " + fact.name + " like?";
    }
    return {};
}

class Dialogue {
public:
    explicit Dialogue(std::uint64_t seed) : dice_(seed) {}

    std::vector<ChatMessage> write() {
        const std::size_t rounds = 3 + dice_.below(6);
        if (dice_.chance(15)) greet();
        tell();
        for (std::size_t round = 1; round < rounds; ++round) {
            const std::size_t roll = dice_.below(100);
            if (roll < 35) {
                tell();
            } else if (roll < 45) {
                change();
            } else if (roll < 55) {
                ask_unknown();
            } else {
                ask();
            }
        }
        ask();
        return messages_;
    }

private:
    std::string value_of(Topic topic) {
        switch (topic) {
            case Topic::Thing:
                return dice_.pick(kColours) + " " + dice_.pick(kThings);
            case Topic::City:
                return dice_.pick(kCities);
            case Topic::Hobby:
                return dice_.pick(kHobbies);
        }
        return {};
    }

    Fact any_fact() {
        std::string name = dice_.pick(kNames);
        return {std::move(name), kTopics[dice_.below(kTopics.size())]};
    }

    Fact known_fact() {
        auto at = known_.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(dice_.below(known_.size())));
        return at->first;
    }

    void say(std::string user, std::string assistant) {
        messages_.push_back({"user", std::move(user)});
        messages_.push_back({"assistant", std::move(assistant)});
    }

    void greet() { say(dice_.pick(kGreetings), "Hello! Tell me about your friends."); }

    void tell() {
        const std::size_t count = 1 + dice_.below(3);
        std::vector<std::string> told;
        while (told.size() < count) {
            const Fact fact = any_fact();
            if (known_.contains(fact)) continue;
            known_[fact] = value_of(fact.topic);
            told.push_back(sentence(fact, known_[fact]));
        }
        say(join_list(told, " "), "I see. " + join_list(told, " "));
    }

    void change() {
        const Fact fact = known_fact();
        known_[fact] = value_of(fact.topic);
        say("Now " + sentence(fact, known_[fact]), "I see. Now " + sentence(fact, known_[fact]));
    }

    void ask() {
        const Fact fact = known_fact();
        say(question(fact), sentence(fact, known_[fact]));
    }

    void ask_unknown() {
        const Fact fact = any_fact();
        if (known_.contains(fact)) {
            say(question(fact), sentence(fact, known_[fact]));
        } else {
            say(question(fact), "I do not know that.");
        }
    }

    Dice dice_;
    std::map<Fact, std::string> known_;
    std::vector<ChatMessage> messages_;
};

std::optional<std::uint64_t> parse_number(const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::vector<std::vector<ChatMessage>> demo_dialogues(std::uint64_t seed, std::int64_t count) {
    Dice dice(seed);
    std::vector<std::vector<ChatMessage>> dialogues;
    dialogues.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) dialogues.push_back(Dialogue(dice.next()).write());
    return dialogues;
}

std::string demo_dialogue_json(const std::vector<ChatMessage>& messages) {
    json list = json::array();
    for (const auto& message : messages) list.push_back({{"role", message.role}, {"content", message.content}});
    return json{{"messages", std::move(list)}}.dump();
}

bool is_demo_path(const std::string& path) { return path.starts_with("demo:"); }

std::vector<std::vector<ChatMessage>> demo_dialogues_from_path(const std::string& path) {
    const std::vector<std::string> parts = split(path, ':');
    if (parts.size() == 3 && parts[0] == "demo") {
        const auto seed = parse_number(parts[1]);
        const auto count = parse_number(parts[2]);
        if (seed && count && *count >= 1 && *count <= static_cast<std::uint64_t>(kMostDialogues)) {
            return demo_dialogues(*seed, static_cast<std::int64_t>(*count));
        }
    }
    fail(ErrorCode::BadConfig, join("\"", path, "\" is not a demo data path."),
         join("Write demo:SEED:COUNT with a count from 1 to ", kMostDialogues, ", as in demo:1:20000."));
}

}  // namespace molt
