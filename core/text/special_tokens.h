// Finds special tokens that are written out in a text ("<|user|>", "</s>"): leftmost first, longest at a place.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/tokenizer.h"

namespace molt {

/// A stretch of text: either one special token, or ordinary text (no id).
struct TextSegment {
    std::string_view text;
    std::optional<TokenId> special;
};

class SpecialTokens {
public:
    SpecialTokens() = default;
    /// Empty texts are ignored; of two equal texts the first counts.
    explicit SpecialTokens(const std::vector<std::pair<std::string, TokenId>>& tokens);

    struct Match {
        std::size_t begin = 0, length = 0;
        TokenId id = 0;
    };
    /// The first special token at or after `from`.
    std::optional<Match> next(std::string_view text, std::size_t from) const;
    /// `text` cut at every special token; no empty stretches. The views point into `text`.
    std::vector<TextSegment> split(std::string_view text) const;
    bool empty() const { return by_first_byte_.empty(); }

private:
    std::array<std::int32_t, 256> bucket_of_byte_{};  // 1-based index into by_first_byte_, 0: none
    std::vector<std::vector<std::pair<std::string, TokenId>>> by_first_byte_;
};

}  // namespace molt
