// The "decoder" of a tokenizer.json: from pieces back to text, one piece at a time.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace molt {

/// Immutable and thread-safe.
class PieceDecoder {
public:
    class Step {
    public:
        virtual ~Step() = default;
        virtual void apply(std::string* text, bool first) const = 0;
    };

    PieceDecoder() = default;
    /// From the value of "decoder" (null: pieces joined by spaces). Throws Error(BadFile) naming a type that is not
    /// supported.
    static PieceDecoder parse(const json& value, std::string_view origin);

    /// The bytes of one piece; `first` if it begins the text. May be a part of a character.
    std::string text_of(std::string_view piece, bool first) const;

private:
    void add(const json& value, std::string_view origin, int depth);
    std::vector<std::shared_ptr<const Step>> steps_;
    bool joins_with_spaces_ = true, fused_ = false;
};

}  // namespace molt
