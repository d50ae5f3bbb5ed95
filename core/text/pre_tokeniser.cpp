// Pre-tokeniser steps, one small class each.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/pre_tokeniser.h"

#include <optional>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/text/byte_level.h"
#include "core/text/regex.h"
#include "core/text/splitting.h"
#include "core/text/unicode.h"

namespace molt {

namespace {

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxSteps = 12;
// GPT-2's own words, which ByteLevel cuts where it is not told otherwise.
constexpr std::string_view kGpt2Words =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/// Replaces every word by the parts that `cut` lists as stretches of it.
template <class Cut>
void cut_words(WordList* list, SplitBehaviour behaviour, const Cut& cut) {
    std::vector<Word> words;
    words.reserve(list->words.size());
    std::vector<Stretch> stretches;
    for (const Word& word : list->words) {
        stretches.clear();
        cut(word.text, &stretches);
        split_stretches(&stretches, behaviour);
        for (const Stretch& part : stretches) {
            words.push_back({word.text.substr(part.begin, part.end - part.begin), word.at_start && part.begin == 0});
        }
    }
    list->words = std::move(words);
}

class SplitRegex final : public PreTokeniser::Step {
public:
    SplitRegex(std::string_view pattern, SplitBehaviour behaviour, bool invert)
        : pattern_(pattern), behaviour_(behaviour), invert_(invert) {}

    void apply(WordList* list) const override {
        cut_words(list, behaviour_, [this](std::string_view text, std::vector<Stretch>* out) {
            std::size_t at = 0;
            pattern_.for_each(text, [&](std::size_t begin, std::size_t end) {
                if (begin > at) out->push_back({at, begin, invert_});
                out->push_back({begin, end, !invert_});
                at = end;
            });
            if (at < text.size()) out->push_back({at, text.size(), invert_});
        });
    }

private:
    Regex pattern_;
    SplitBehaviour behaviour_;
    bool invert_;
};

/// Cuts at single characters of a kind.
class SplitCharacters final : public PreTokeniser::Step {
public:
    SplitCharacters(bool (*is_kind)(std::uint32_t), SplitBehaviour behaviour)
        : is_kind_(is_kind), behaviour_(behaviour) {}

    void apply(WordList* list) const override {
        cut_words(list, behaviour_, [this](std::string_view text, std::vector<Stretch>* out) {
            std::size_t unmatched = 0;
            for (std::size_t at = 0; at < text.size();) {
                const std::size_t begin = at;
                if (!is_kind_(next_character(text, &at))) continue;
                if (begin > unmatched) out->push_back({unmatched, begin, false});
                out->push_back({begin, at, true});
                unmatched = at;
            }
            if (unmatched < text.size()) out->push_back({unmatched, text.size(), false});
        });
    }

private:
    bool (*is_kind_)(std::uint32_t);
    SplitBehaviour behaviour_;
};

class PrefixSpace final : public PreTokeniser::Step {
    void apply(WordList* list) const override {
        for (Word& word : list->words) {
            if (!word.text.starts_with(' ')) word.text = list->keep(" " + std::string(word.text));
        }
    }
};

/// Bytes become visible characters here only if another step follows; as the last step the model does it by table.
class VisibleBytes final : public PreTokeniser::Step {
    void apply(WordList* list) const override {
        for (Word& word : list->words) word.text = list->keep(to_byte_level(word.text));
    }
};

class Metaspace final : public PreTokeniser::Step {
public:
    enum class Prepend { Always, First, Never };

    Metaspace(const json& value, std::string_view origin)
        : mark_(get_or<std::string>(value, "replacement", "\xE2\x96\x81", origin)),
          cuts_(get_or<bool>(value, "split", true, origin)) {
        const bool legacy = get_or<bool>(value, "add_prefix_space", true, origin);
        const auto scheme = get_or<std::string>(value, "prepend_scheme", legacy ? "always" : "never", origin);
        if (scheme == "first") prepend_ = Prepend::First;
        if (scheme == "never") prepend_ = Prepend::Never;
        if (scheme != "first" && scheme != "never" && scheme != "always") {
            fail(ErrorCode::BadFile, join(origin, ": the prepend_scheme \"", scheme, "\" is not supported."));
        }
        if (mark_.empty()) fail(ErrorCode::BadFile, join(origin, ": a Metaspace has an empty replacement."));
    }

    void apply(WordList* list) const override {
        for (Word& word : list->words) {
            const bool wants = prepend_ == Prepend::Always || (prepend_ == Prepend::First && word.at_start);
            std::string text;
            for (const char c : word.text) c == ' ' ? text += mark_ : text += c;
            if (wants && !text.starts_with(mark_)) text.insert(0, mark_);
            word.text = list->keep(std::move(text));
        }
        if (!cuts_) return;
        cut_words(list, SplitBehaviour::MergedWithNext, [this](std::string_view text, std::vector<Stretch>* out) {
            std::size_t at = 0;
            for (std::size_t found = text.find(mark_); found != std::string_view::npos; found = text.find(mark_, at)) {
                if (found > at) out->push_back({at, found, false});
                at = found + mark_.size();
                out->push_back({found, at, true});
            }
            if (at < text.size()) out->push_back({at, text.size(), false});
        });
    }

private:
    std::string mark_;
    Prepend prepend_ = Prepend::Always;
    bool cuts_;
};

std::shared_ptr<const PreTokeniser::Step> parse_split(const json& value, std::string_view origin) {
    const auto behaviour = split_behaviour(get<std::string>(value, "behavior", origin), origin);
    const auto pattern = value.find("pattern");
    if (pattern == value.end()) fail(ErrorCode::BadFile, join(origin, ": a Split has no pattern."));
    const bool is_regex = pattern->is_object() && pattern->contains("Regex");
    const std::string regex = is_regex ? get<std::string>(*pattern, "Regex", origin)
                                       : regex_of_text(get<std::string>(*pattern, "String", origin));
    return std::make_shared<SplitRegex>(regex, behaviour, get_or<bool>(value, "invert", false, origin));
}

std::shared_ptr<const PreTokeniser::Step> parse_step(const std::string& type, const json& value,
                                                     std::string_view origin) {
    if (type == "Split") return parse_split(value, origin);
    if (type == "Metaspace") return std::make_shared<Metaspace>(value, origin);
    if (type == "Digits") {
        const bool single = get_or<bool>(value, "individual_digits", false, origin);
        return std::make_shared<SplitCharacters>(is_number,
                                                 single ? SplitBehaviour::Isolated : SplitBehaviour::Contiguous);
    }
    if (type == "Punctuation") {
        const auto behaviour = get_or<std::string>(value, "behavior", "Isolated", origin);
        return std::make_shared<SplitCharacters>(is_punctuation, split_behaviour(behaviour, origin));
    }
    if (type == "WhitespaceSplit") {
        return std::make_shared<SplitCharacters>(is_white_space, SplitBehaviour::Removed);
    }
    if (type == "Whitespace") return std::make_shared<SplitRegex>("\\w+|[^\\w\\s]+", SplitBehaviour::Removed, true);
    fail(ErrorCode::BadFile, join(origin, ": the pre_tokenizer \"", type, "\" is not supported."),
         "Supported: ByteLevel, Split, Metaspace, Digits, Punctuation, Whitespace, WhitespaceSplit, Sequence.");
}

}  // namespace

PreTokeniser PreTokeniser::parse(const json& value, std::string_view origin) {
    PreTokeniser pre_tokeniser;
    if (!value.is_null()) pre_tokeniser.add(value, origin, 0);
    return pre_tokeniser;
}

void PreTokeniser::add(const json& value, std::string_view origin, int depth) {
    const auto type = get<std::string>(value, "type", origin);
    if (type == "Sequence") {
        const auto list = value.find("pretokenizers");
        if (list == value.end() || !list->is_array() || depth >= kMaxDepth) {
            fail(ErrorCode::BadFile, join(origin, ": a Sequence of pre_tokenizers has no usable list."));
        }
        for (const auto& each : *list) add(each, origin, depth + 1);
        return;
    }
    // A compiled expression holds megabytes; files in use have at most five steps.
    if (steps_.size() >= kMaxSteps) {
        fail(ErrorCode::BadFile, join(origin, ": more than ", kMaxSteps, " pre_tokenizers."));
    }
    if (gives_bytes_) steps_.push_back(std::make_shared<VisibleBytes>());
    gives_bytes_ = false;
    type == "ByteLevel" ? add_byte_level(value, origin) : steps_.push_back(parse_step(type, value, origin));
}

void PreTokeniser::add_byte_level(const json& value, std::string_view origin) {
    if (get_or<bool>(value, "add_prefix_space", true, origin)) steps_.push_back(std::make_shared<PrefixSpace>());
    if (get_or<bool>(value, "use_regex", true, origin)) {
        steps_.push_back(std::make_shared<SplitRegex>(kGpt2Words, SplitBehaviour::Isolated, false));
    }
    gives_bytes_ = true;
}

void PreTokeniser::apply(WordList* list) const {
    for (const auto& step : steps_) step->apply(list);
}

}  // namespace molt
