// ICU behind a handful of functions; characters newer than ICU's own tables come from unicode_additions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/unicode.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/text/unicode_additions.h"

namespace molt {

namespace {

void check(UErrorCode status) {
    if (U_FAILURE(status)) fail(ErrorCode::Internal, join("ICU: ", u_errorName(status), "."));
}

const icu::UnicodeSet& unicode_9() {
    static const icu::UnicodeSet set = [] {
        UErrorCode status = U_ZERO_ERROR;
        icu::UnicodeSet characters(UNICODE_STRING_SIMPLE("[:age=9.0:]"), status);
        check(status);
        characters.freeze();
        return characters;
    }();
    return set;
}

const icu::Normalizer2& normaliser(NormalForm form) {
    const bool compatible = form == NormalForm::Nfkc || form == NormalForm::Nfkd;
    const bool composes = form == NormalForm::Nfc || form == NormalForm::Nfkc;
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* found = icu::Normalizer2::getInstance(nullptr, compatible ? "nfkc" : "nfc",
                                                                  composes ? UNORM2_COMPOSE : UNORM2_DECOMPOSE, status);
    check(status);
    return *found;
}

/// True for a character that the given version of Unicode knew.
bool known_in(std::uint32_t character, unsigned version) {
    UVersionInfo age;
    u_charAge(static_cast<UChar32>(character), age);
    return age[0] > 0 && age[0] <= version;
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void append(std::string* out, std::uint32_t character) {
    char bytes[U8_MAX_LENGTH];
    int length = 0;
    U8_APPEND_UNSAFE(bytes, length, character);
    out->append(bytes, static_cast<std::size_t>(length));
}

/// General category as its two letters, of the newest Unicode that we know.
bool has_category(std::uint32_t character, std::uint32_t icu_mask, std::string_view letters) {
    const auto code = static_cast<UChar32>(character);
    if (u_charType(code) != U_UNASSIGNED) return (U_GET_GC_MASK(code) & icu_mask) != 0;
    for (const auto& addition : unicode_additions()) {
        if (character < addition.first) return false;
        if (character <= addition.last) return addition.category.starts_with(letters);
    }
    return false;
}

}  // namespace

std::string normalise(std::string_view text, NormalForm form) {
    if (is_ascii(text)) return std::string(text);
    const icu::FilteredNormalizer2 filtered(normaliser(form), unicode_9());
    std::string out;
    icu::StringByteSink<std::string> sink(&out);
    UErrorCode status = U_ZERO_ERROR;
    filtered.normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr,
                           status);
    check(status);
    return out;
}

std::uint32_t next_character(std::string_view text, std::size_t* at) {
    UChar32 character = 0;
    U8_NEXT_UNSAFE(text.data(), *at, character);
    return static_cast<std::uint32_t>(character);
}

std::uint32_t lower_case_of(std::uint32_t character) {
    const auto lower = static_cast<std::uint32_t>(u_tolower(static_cast<UChar32>(character)));
    if (lower != character) return lower;
    for (const auto& addition : case_additions()) {
        if (character >= addition.first && character <= addition.last) return character + addition.to_lower;
    }
    return character;
}

std::string lower_case(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::uint32_t character = next_character(text, &at);
        append(&out, lower_case_of(character));
        // The one character whose lower case is two characters: I with a dot keeps the dot.
        if (character == 0x130) append(&out, 0x307);
    }
    return out;
}

bool is_white_space(std::uint32_t character) { return u_isUWhiteSpace(static_cast<UChar32>(character)) != 0; }
bool is_number(std::uint32_t character) {
    const bool is_unicode_17 =
        (character >= 0x11DE0 && character <= 0x11DE9) || (character >= 0x16FF4 && character <= 0x16FF6);
    return is_unicode_17 || has_category(character, U_GC_N_MASK, "N");
}

bool is_mark(std::uint32_t character) {
    // Three characters have changed sides since Unicode 9.
    if (character == 0x1CF2 || character == 0x1CF3) return true;
    if (character == 0x111C9) return false;
    return known_in(character, 9) && (U_GET_GC_MASK(static_cast<UChar32>(character)) & U_GC_M_MASK) != 0;
}

bool is_punctuation(std::uint32_t character) {
    if (character < 0x80)
        return u_isgraph(static_cast<UChar32>(character)) && !u_isalnum(static_cast<UChar32>(character));
    // Two characters were punctuation in Unicode 8 and are none now.
    if (character == 0x166D || character == 0x111C9) return true;
    return known_in(character, 8) && (U_GET_GC_MASK(static_cast<UChar32>(character)) & U_GC_P_MASK) != 0;
}

bool is_word_character(std::uint32_t character) {
    const auto code = static_cast<UChar32>(character);
    return u_isUAlphabetic(code) != 0 || u_hasBinaryProperty(code, UCHAR_JOIN_CONTROL) != 0 ||
           has_category(character, U_GC_M_MASK, "M") || has_category(character, U_GC_ND_MASK, "Nd") ||
           has_category(character, U_GC_PC_MASK, "Pc") || has_category(character, U_GC_L_MASK, "L");
}

std::size_t leading_space(std::string_view text) {
    std::size_t at = 0, end = 0;
    while (at < text.size() && is_white_space(next_character(text, &at))) end = at;
    return end;
}

std::size_t trailing_space(std::string_view text) {
    std::size_t begin = text.size();
    while (begin > 0) {
        std::size_t before = begin - 1;
        while (before > 0 && (static_cast<unsigned char>(text[before]) & 0xC0) == 0x80) --before;
        std::size_t at = before;
        if (!is_white_space(next_character(text, &at))) break;
        begin = before;
    }
    return text.size() - begin;
}

}  // namespace molt
