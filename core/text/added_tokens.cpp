// Added tokens: parsing and the white space and word rules around a match.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/added_tokens.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/text/unicode.h"

namespace molt {

namespace {

bool ends_with_word(std::string_view text) {
    if (text.empty()) return false;
    std::size_t at = text.size() - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
    return is_word_character(next_character(text, &at));
}

bool starts_with_word(std::string_view text) {
    std::size_t at = 0;
    return !text.empty() && is_word_character(next_character(text, &at));
}

}  // namespace

AddedTokens::AddedTokens(const json& list, const PieceTable& vocabulary, const Normaliser& normaliser,
                         std::string_view origin) {
    if (list.is_null()) return;
    if (!list.is_array()) fail(ErrorCode::BadFile, join(origin, ": \"added_tokens\" should be a list."));
    std::vector<std::pair<std::string, TokenId>> raw, normalised;
    for (const auto& value : list) {
        AddedToken token;
        token.content = get<std::string>(value, "content", origin);
        token.id = vocabulary.find(token.content).value_or(get<std::int64_t>(value, "id", origin));
        token.special = get_or<bool>(value, "special", false, origin);
        token.normalized = get_or<bool>(value, "normalized", !token.special, origin);
        token.single_word = get_or<bool>(value, "single_word", false, origin);
        token.lstrip = get_or<bool>(value, "lstrip", false, origin);
        token.rstrip = get_or<bool>(value, "rstrip", false, origin);
        if (token.content.empty()) continue;
        const auto index = static_cast<TokenId>(tokens_.size());
        if (token.normalized) {
            token.shown = normaliser.apply(token.content);
            normalised.emplace_back(token.shown, index);
        } else {
            token.shown = token.content;
            raw.emplace_back(token.content, index);
        }
        tokens_.push_back(std::move(token));
    }
    raw_ = SpecialTokens(raw);
    normalised_ = SpecialTokens(normalised);
}

std::vector<TextSegment> AddedTokens::split(const SpecialTokens& set, std::string_view text) const {
    std::vector<TextSegment> segments;
    std::size_t done = 0;
    std::size_t from = 0;
    while (const auto match = set.next(text, from)) {
        const AddedToken& token = tokens_[static_cast<std::size_t>(match->id)];
        std::size_t begin = match->begin, end = match->begin + match->length;
        from = end;
        if (token.single_word && (ends_with_word(text.substr(0, begin)) || starts_with_word(text.substr(end))))
            continue;
        if (token.lstrip) begin = std::max(begin - trailing_space(text.substr(0, begin)), done);
        if (token.rstrip) end += leading_space(text.substr(end));
        if (done < begin) segments.push_back({text.substr(done, begin - done), std::nullopt});
        segments.push_back({text.substr(begin, end - begin), token.id});
        done = end;
    }
    if (done < text.size()) segments.push_back({text.substr(done), std::nullopt});
    return segments;
}

}  // namespace molt
