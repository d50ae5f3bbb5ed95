// Which tokens begin and end a text: from tokenizer_config.json or special_tokens_map.json, the post-processor, or
// names. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/text/tokenizer.h"

namespace molt {

/// Ids that the "post_processor" puts around a single text.
struct TextFrame {
    std::vector<TokenId> before, after;
};

/// From the value of "post_processor" (null: nothing). Throws Error(BadFile) naming a type that is not supported.
TextFrame parse_post_processor(const json& value, std::string_view origin);

struct TextEnds {
    std::optional<TokenId> begin, end;
};

using FindPiece = std::function<std::optional<TokenId>(std::string_view)>;

/// The first of: "bos_token"/"eos_token" of the companion files, the frame, the well-known names.
TextEnds find_text_ends(const std::vector<std::pair<std::string, std::string>>& companions, const TextFrame& frame,
                        const FindPiece& find);

}  // namespace molt
