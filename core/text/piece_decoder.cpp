// Decoder steps. "Fuse" joins all pieces, so what follows it may only look at the begin of the text.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/piece_decoder.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/text/byte_level.h"
#include "core/text/normaliser.h"

namespace molt {

namespace {

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxSteps = 16;

class ByteLevel final : public PieceDecoder::Step {
    void apply(std::string* text, bool) const override {
        if (auto bytes = from_byte_level(*text)) *text = std::move(*bytes);
    }
};

class ByteFallback final : public PieceDecoder::Step {
    void apply(std::string* text, bool) const override {
        if (text->size() != 6 || !text->starts_with("<0x") || text->back() != '>') return;
        char* end = nullptr;
        const long value = std::strtol(text->c_str() + 3, &end, 16);
        if (end == text->c_str() + 5) *text = std::string(1, static_cast<char>(value));
    }
};

/// Decoders share "Replace" with the normalisers.
class Replace final : public PieceDecoder::Step {
public:
    Replace(const json& value, std::string_view origin) : replace_(Normaliser::parse(value, origin)) {}
    void apply(std::string* text, bool) const override {
        bool is_part_of_character = false;
        to_valid_utf8(*text, &is_part_of_character);
        if (!is_part_of_character) *text = replace_.apply(*text);
    }

private:
    Normaliser replace_;
};

class Strip final : public PieceDecoder::Step {
public:
    struct Settings {
        std::string content;
        std::int64_t start = 0, stop = 0;
        bool fused = false;
    };
    explicit Strip(Settings settings) : settings_(std::move(settings)) {}

    void apply(std::string* text, bool first) const override {
        if (settings_.fused && !first) return;
        const std::string& content = settings_.content;
        for (std::int64_t i = 0; i < settings_.start && text->starts_with(content); ++i) text->erase(0, content.size());
        for (std::int64_t i = 0; i < settings_.stop && text->ends_with(content); ++i) {
            text->resize(text->size() - content.size());
        }
    }

private:
    Settings settings_;
};

class Metaspace final : public PieceDecoder::Step {
public:
    Metaspace(const json& value, std::string_view origin)
        : mark_(get_or<std::string>(value, "replacement", "\xE2\x96\x81", origin)) {
        const bool legacy = get_or<bool>(value, "add_prefix_space", true, origin);
        drops_first_ = get_or<std::string>(value, "prepend_scheme", legacy ? "always" : "never", origin) != "never";
        if (mark_.empty()) fail(ErrorCode::BadFile, join(origin, ": a Metaspace has an empty replacement."));
    }

    void apply(std::string* text, bool first) const override {
        std::string out;
        for (std::size_t at = 0; at < text->size();) {
            const bool is_mark = text->compare(at, mark_.size(), mark_) == 0;
            if (!is_mark) {
                out += (*text)[at];
            } else if (!first || !drops_first_) {
                out += ' ';
            }
            at += is_mark ? mark_.size() : 1;
        }
        *text = std::move(out);
    }

private:
    std::string mark_;
    bool drops_first_ = true;
};

}  // namespace

PieceDecoder PieceDecoder::parse(const json& value, std::string_view origin) {
    PieceDecoder decoder;
    if (value.is_null()) return decoder;
    decoder.joins_with_spaces_ = false;
    decoder.add(value, origin, 0);
    return decoder;
}

void PieceDecoder::add(const json& value, std::string_view origin, int depth) {
    const auto type = get<std::string>(value, "type", origin);
    if (steps_.size() >= kMaxSteps) fail(ErrorCode::BadFile, join(origin, ": more than ", kMaxSteps, " decoders."));
    if (type == "Sequence") {
        const auto list = value.find("decoders");
        if (list == value.end() || !list->is_array() || depth >= kMaxDepth) {
            fail(ErrorCode::BadFile, join(origin, ": a Sequence of decoders has no usable list."));
        }
        for (const auto& each : *list) add(each, origin, depth + 1);
    } else if (type == "ByteLevel") {
        steps_.push_back(std::make_shared<ByteLevel>());
    } else if (type == "ByteFallback") {
        steps_.push_back(std::make_shared<ByteFallback>());
    } else if (type == "Replace") {
        steps_.push_back(std::make_shared<Replace>(value, origin));
    } else if (type == "Metaspace") {
        steps_.push_back(std::make_shared<Metaspace>(value, origin));
    } else if (type == "Fuse") {
        fused_ = true;
    } else if (type == "Strip") {
        Strip::Settings settings{get<std::string>(value, "content", origin), get<std::int64_t>(value, "start", origin),
                                 get<std::int64_t>(value, "stop", origin), fused_};
        if (settings.content.empty() || (fused_ && settings.stop > 0)) {
            fail(ErrorCode::BadFile, join(origin,
                                          ": a Strip decoder that works on the end of the whole text or has no "
                                          "content is not supported."));
        }
        steps_.push_back(std::make_shared<Strip>(std::move(settings)));
    } else {
        fail(ErrorCode::BadFile, join(origin, ": the decoder \"", type, "\" is not supported."),
             "Supported: ByteLevel, ByteFallback, Replace, Metaspace, Fuse, Strip, Sequence.");
    }
}

std::string PieceDecoder::text_of(std::string_view piece, bool first) const {
    std::string text(piece);
    if (joins_with_spaces_) return first ? text : " " + text;
    for (const auto& step : steps_) step->apply(&text, first);
    return text;
}

}  // namespace molt
