// Oniguruma to PCRE2, and searching with a bound on the work.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cstdio>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/text/unicode_additions.h"

namespace molt {

namespace {

constexpr std::uint32_t kMatchLimit = 5'000'000;
constexpr std::uint32_t kHeapLimitKib = 32 * 1024;
// White_Space; PCRE2 would add U+180E, which left that property in Unicode 6.3.
constexpr std::string_view kSpace =
    "\\x{09}-\\x{0D}\\x{20}\\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}";

std::string ranges_of(std::string_view category) {
    std::string out;
    char buffer[32];
    for (const auto& addition : unicode_additions()) {
        if (!addition.category.starts_with(category)) continue;
        std::snprintf(buffer, sizeof buffer, "\\x{%X}-\\x{%X}", addition.first, addition.last);
        out += buffer;
    }
    return out;
}

std::string property(std::string_view name) { return join("\\p{", name, "}", ranges_of(name)); }

bool is_category(std::string_view name) {
    return name.size() <= 2 && !name.empty() && std::string_view("LMNPSZC").find(name[0]) != std::string_view::npos;
}

/// What stands between the brackets of a class for one escape, or empty if the escape means the same to both.
std::string class_items(char escape) {
    switch (escape) {
        case 's':
        case 'S':
            return std::string(kSpace);
        case 'w':
        case 'W':
            return property("L") + property("M") + property("N") + property("Pc");
        case 'd':
        case 'D':
            return property("Nd");
        case 'h':
        case 'H':
            return "0-9a-fA-F";
        default:
            return {};
    }
}

class Translator {
public:
    explicit Translator(std::string_view pattern) : rest_(pattern) {}

    std::string run() {
        while (!rest_.empty()) {
            if (rest_[0] == '\\' && rest_.size() > 1) {
                escape();
            } else {
                plain();
            }
        }
        return std::move(out_);
    }

private:
    void plain() {
        const char c = take();
        const bool nested = depth_ > 0 && c == '[' && !rest_.starts_with(':');
        if (nested || (depth_ > 0 && c == '&' && rest_.starts_with('&'))) {
            fail(ErrorCode::BadFile,
                 "A regular expression uses sets of sets ([a[b]] or [a&&b]), which is not supported.");
        }
        if (c == '[') depth_ += 1;
        if (c == ']' && depth_ > 0) depth_ -= 1;
        out_ += c;
        // Oniguruma's (?m) lets the dot match newlines, which PCRE2 calls (?s).
        if (c == '(' && depth_ == 0 && rest_.starts_with("?m")) {
            out_ += "?s";
            rest_.remove_prefix(2);
        }
    }

    void escape() {
        take();
        const char kind = take();
        if ((kind == 'p' || kind == 'P') && rest_.starts_with('{')) {
            const std::size_t close = rest_.find('}');
            std::string_view name = rest_.substr(1, close == std::string_view::npos ? close : close - 1);
            const bool negated = (kind == 'P') != name.starts_with('^');
            if (name.starts_with('^')) name.remove_prefix(1);
            if (is_category(name) && close != std::string_view::npos) {
                rest_.remove_prefix(close + 1);
                add(property(name), negated, join(negated ? "\\P{" : "\\p{", name, "}"));
                return;
            }
        }
        const std::string items = class_items(kind);
        const bool negated = kind >= 'A' && kind <= 'Z';
        const std::string native = std::string("\\") + kind;
        items.empty() ? void(out_ += native) : add(items, negated, native);
    }

    /// A set of characters, inside or outside of brackets. A negated set inside of brackets has no such form.
    void add(const std::string& items, bool negated, const std::string& native) {
        if (depth_ > 0) {
            out_ += negated ? native : items;
        } else {
            out_ += join(negated ? "[^" : "[", items, "]");
        }
    }

    char take() {
        const char c = rest_[0];
        rest_.remove_prefix(1);
        return c;
    }

    std::string_view rest_;
    std::string out_;
    int depth_ = 0;
};

struct MatchData {
    pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    MatchData() {
        if (data == nullptr || context == nullptr) throw std::bad_alloc();
        pcre2_set_match_limit(context, kMatchLimit);
        pcre2_set_heap_limit(context, kHeapLimitKib);
    }
    ~MatchData() {
        pcre2_match_data_free(data);
        pcre2_match_context_free(context);
    }
    MatchData(const MatchData&) = delete;
    MatchData& operator=(const MatchData&) = delete;
};

std::string message_of(int error) {
    PCRE2_UCHAR buffer[160];
    pcre2_get_error_message(error, buffer, sizeof buffer);
    return reinterpret_cast<const char*>(buffer);
}

}  // namespace

struct Regex::Program {
    std::string source;
    pcre2_code* code = nullptr;
    ~Program() { pcre2_code_free(code); }
};

std::string to_pcre2(std::string_view oniguruma) { return Translator(oniguruma).run(); }

std::string regex_of_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view("\\^$.|?*+()[]{}-# \t\n\r").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

Regex::Regex(std::string_view oniguruma) {
    auto program = std::make_shared<Program>();
    program->source = oniguruma;
    const std::string pattern = to_pcre2(oniguruma);
    int error = 0;
    PCRE2_SIZE offset = 0;
    program->code =
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                      PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr);
    if (program->code == nullptr) {
        fail(ErrorCode::BadFile,
             join("The regular expression \"", oniguruma, "\" cannot be used: ", message_of(error), "."));
    }
    // Without the just-in-time compiler the interpreter runs the same program, only slower.
    pcre2_jit_compile(program->code, PCRE2_JIT_COMPLETE);
    program_ = std::move(program);
}

bool Regex::search(std::string_view text, std::size_t from, Cursor* cursor) const {
    thread_local const MatchData match;
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    int found = pcre2_match(program_->code, subject, text.size(), from, PCRE2_NO_UTF_CHECK, match.data, match.context);
    if (found == PCRE2_ERROR_JIT_STACKLIMIT) {
        found = pcre2_match(program_->code, subject, text.size(), from, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, match.data,
                            match.context);
    }
    if (found == PCRE2_ERROR_NOMATCH) return false;
    if (found < 0) {
        fail(ErrorCode::BadFile, join("The regular expression \"", program_->source,
                                      "\" is too costly for this text: ", message_of(found), "."));
    }
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(match.data);
    cursor->begin = ends[0];
    cursor->end = ends[1];
    // \K can move the begin of a match behind its end.
    if (cursor->begin > cursor->end || cursor->begin < from) {
        fail(ErrorCode::BadFile, join("The regular expression \"", program_->source, "\" matches backwards."));
    }
    return true;
}

bool Regex::next(std::string_view text, Cursor* cursor) const {
    std::size_t from = cursor->end;
    const bool started = cursor->started;
    const std::size_t last_end = cursor->end;
    while (from <= text.size()) {
        if (!search(text, from, cursor)) return false;
        cursor->started = true;
        if (cursor->begin != cursor->end || !started || cursor->end != last_end) return true;
        from += 1;
        while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;
    }
    return false;
}

}  // namespace molt
