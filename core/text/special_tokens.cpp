// Special tokens in text: buckets by first byte, each sorted by falling length.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/special_tokens.h"

#include <algorithm>

namespace molt {

SpecialTokens::SpecialTokens(const std::vector<std::pair<std::string, TokenId>>& tokens) {
    for (const auto& token : tokens) {
        if (token.first.empty()) continue;
        std::int32_t& bucket = bucket_of_byte_[static_cast<unsigned char>(token.first[0])];
        if (bucket == 0) {
            by_first_byte_.emplace_back();
            bucket = static_cast<std::int32_t>(by_first_byte_.size());
        }
        by_first_byte_[static_cast<std::size_t>(bucket - 1)].push_back(token);
    }
    for (auto& bucket : by_first_byte_) {
        std::stable_sort(bucket.begin(), bucket.end(),
                         [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
    }
}

std::optional<SpecialTokens::Match> SpecialTokens::next(std::string_view text, std::size_t from) const {
    if (empty()) return std::nullopt;
    for (std::size_t at = from; at < text.size(); ++at) {
        const std::int32_t bucket = bucket_of_byte_[static_cast<unsigned char>(text[at])];
        if (bucket == 0) continue;
        for (const auto& [piece, id] : by_first_byte_[static_cast<std::size_t>(bucket - 1)]) {
            if (text.substr(at, piece.size()) == piece) return Match{at, piece.size(), id};
        }
    }
    return std::nullopt;
}

std::vector<TextSegment> SpecialTokens::split(std::string_view text) const {
    std::vector<TextSegment> segments;
    std::size_t at = 0;
    while (const auto match = next(text, at)) {
        if (match->begin > at) segments.push_back({text.substr(at, match->begin - at), std::nullopt});
        segments.push_back({text.substr(match->begin, match->length), match->id});
        at = match->begin + match->length;
    }
    if (at < text.size()) segments.push_back({text.substr(at), std::nullopt});
    return segments;
}

}  // namespace molt
