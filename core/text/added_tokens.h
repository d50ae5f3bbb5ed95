// The "added_tokens" of a tokenizer.json: pieces found in the text before anything else, special ones among them.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/text/normaliser.h"
#include "core/text/piece_table.h"
#include "core/text/special_tokens.h"

namespace molt {

struct AddedToken {
    TokenId id = 0;
    std::string content;
    std::string shown;  ///< as it is decoded: the content, normalised where the token is
    bool special = false;
    bool normalized = false;   ///< looked for in the normalised text
    bool single_word = false;  ///< only where no letter or digit touches it
    bool lstrip = false;       ///< takes the white space before it along
    bool rstrip = false;       ///< takes the white space behind it along
};

/// Immutable and thread-safe.
class AddedTokens {
public:
    AddedTokens() = default;
    /// From the value of "added_tokens" (null: none). A token that the model's vocabulary knows keeps the id there.
    /// Throws Error(BadFile).
    AddedTokens(const json& list, const PieceTable& vocabulary, const Normaliser& normaliser, std::string_view origin);

    const std::vector<AddedToken>& tokens() const { return tokens_; }
    /// Stretches of raw text: those tokens that are not `normalized`, and what stands between them.
    std::vector<TextSegment> split_raw(std::string_view text) const { return split(raw_, text); }
    /// The same for the `normalized` tokens in a normalised stretch.
    std::vector<TextSegment> split_normalised(std::string_view text) const { return split(normalised_, text); }
    bool has_normalised() const { return !normalised_.empty(); }

private:
    std::vector<TextSegment> split(const SpecialTokens& set, std::string_view text) const;

    std::vector<AddedToken> tokens_;
    SpecialTokens raw_, normalised_;  // their ids are indices into tokens_
};

}  // namespace molt
