// Normaliser steps, one small class each.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/normaliser.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/text/regex.h"
#include "core/text/unicode.h"

namespace molt {

namespace {

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxSteps = 16;
constexpr std::size_t kMaxGrowth = 64;

class Form final : public Normaliser::Step {
public:
    explicit Form(NormalForm form) : form_(form) {}
    void apply(std::string* text) const override { *text = normalise(*text, form_); }

private:
    NormalForm form_;
};

class Lowercase final : public Normaliser::Step {
    void apply(std::string* text) const override { *text = lower_case(*text); }
};

class StripAccents final : public Normaliser::Step {
    void apply(std::string* text) const override {
        std::string out;
        for (std::size_t at = 0; at < text->size();) {
            const std::size_t begin = at;
            if (!is_mark(next_character(*text, &at))) out.append(*text, begin, at - begin);
        }
        *text = std::move(out);
    }
};

class StripSpace final : public Normaliser::Step {
public:
    StripSpace(const json& value, std::string_view origin)
        : left_(get_or<bool>(value, "strip_left", true, origin)),
          right_(get_or<bool>(value, "strip_right", true, origin)) {}
    void apply(std::string* text) const override {
        if (left_) text->erase(0, leading_space(*text));
        if (right_) text->resize(text->size() - trailing_space(*text));
    }

private:
    bool left_, right_;
};

class Prepend final : public Normaliser::Step {
public:
    explicit Prepend(std::string front) : front_(std::move(front)) {}
    void apply(std::string* text) const override {
        if (!text->empty()) text->insert(0, front_);
    }

private:
    std::string front_;
};

class ReplaceText final : public Normaliser::Step {
public:
    ReplaceText(std::string from, std::string to) : from_(std::move(from)), to_(std::move(to)) {}
    void apply(std::string* text) const override {
        std::size_t found = from_.empty() ? std::string::npos : text->find(from_);
        if (found == std::string::npos) return;
        std::string out;
        std::size_t at = 0;
        for (; found != std::string::npos; found = text->find(from_, at)) {
            out.append(*text, at, found - at).append(to_);
            at = found + from_.size();
        }
        *text = std::move(out.append(*text, at));
    }

private:
    std::string from_, to_;
};

class ReplaceMatches final : public Normaliser::Step {
public:
    ReplaceMatches(std::string_view pattern, std::string to) : pattern_(pattern), to_(std::move(to)) {}
    void apply(std::string* text) const override {
        std::string out;
        std::size_t at = 0;
        pattern_.for_each(*text, [&](std::size_t begin, std::size_t end) {
            out.append(*text, at, begin - at).append(to_);
            at = end;
        });
        *text = std::move(out.append(*text, at));
    }

private:
    Regex pattern_;
    std::string to_;
};

std::shared_ptr<const Normaliser::Step> parse_replace(const json& value, std::string_view origin) {
    const auto to = get<std::string>(value, "content", origin);
    const auto pattern = value.find("pattern");
    if (pattern == value.end()) fail(ErrorCode::BadFile, join(origin, ": a Replace has no pattern."));
    if (pattern->is_object() && pattern->contains("Regex")) {
        return std::make_shared<ReplaceMatches>(get<std::string>(*pattern, "Regex", origin), to);
    }
    return std::make_shared<ReplaceText>(get<std::string>(*pattern, "String", origin), to);
}

std::shared_ptr<const Normaliser::Step> parse_step(const std::string& type, const json& value,
                                                   std::string_view origin) {
    if (type == "NFC") return std::make_shared<Form>(NormalForm::Nfc);
    if (type == "NFD") return std::make_shared<Form>(NormalForm::Nfd);
    if (type == "NFKC") return std::make_shared<Form>(NormalForm::Nfkc);
    if (type == "NFKD") return std::make_shared<Form>(NormalForm::Nfkd);
    if (type == "Lowercase") return std::make_shared<Lowercase>();
    if (type == "StripAccents") return std::make_shared<StripAccents>();
    if (type == "Strip") return std::make_shared<StripSpace>(value, origin);
    if (type == "Prepend") return std::make_shared<Prepend>(get<std::string>(value, "prepend", origin));
    if (type == "Replace") return parse_replace(value, origin);
    fail(ErrorCode::BadFile, join(origin, ": the normalizer \"", type, "\" is not supported."),
         "Supported: NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Prepend, Replace, Sequence.");
}

}  // namespace

Normaliser Normaliser::parse(const json& value, std::string_view origin) {
    Normaliser normaliser;
    if (!value.is_null()) normaliser.add(value, origin, 0);
    return normaliser;
}

void Normaliser::add(const json& value, std::string_view origin, int depth) {
    const auto type = get<std::string>(value, "type", origin);
    if (type != "Sequence") {
        // A compiled expression can hold a megabyte; files in use have at most five steps.
        if (steps_.size() >= kMaxSteps)
            fail(ErrorCode::BadFile, join(origin, ": more than ", kMaxSteps, " normalizers."));
        steps_.push_back(parse_step(type, value, origin));
        return;
    }
    const auto list = value.find("normalizers");
    if (list == value.end() || !list->is_array() || depth >= kMaxDepth) {
        fail(ErrorCode::BadFile, join(origin, ": a Sequence of normalizers has no usable list."));
    }
    for (const auto& each : *list) add(each, origin, depth + 1);
}

std::string Normaliser::apply(std::string_view text) const {
    std::string out(text);
    for (const auto& step : steps_) {
        step->apply(&out);
        if (out.size() > kMaxGrowth * (text.size() + 1024)) {
            fail(ErrorCode::BadFile, "A normalizer of the tokenizer makes the text more than 64 times longer.");
        }
    }
    return out;
}

}  // namespace molt
