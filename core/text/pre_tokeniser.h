// The "pre_tokenizer" of a tokenizer.json: cuts text into the words that merges never cross.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace molt {

/// A stretch of text; `at_start` if nothing of the input stands before it.
struct Word {
    std::string_view text;
    bool at_start = false;
};

/// Words, and the storage of those whose text is not a part of the input.
struct WordList {
    std::vector<Word> words;
    std::deque<std::string> owned;

    std::string_view keep(std::string text) { return owned.emplace_back(std::move(text)); }
};

/// Immutable and thread-safe. Works on valid UTF-8.
class PreTokeniser {
public:
    class Step {
    public:
        virtual ~Step() = default;
        /// Replaces `list->words` by their parts.
        virtual void apply(WordList* list) const = 0;
    };

    PreTokeniser() = default;
    /// From the value of "pre_tokenizer" (null: no cut). Throws Error(BadFile) naming a type that is not supported.
    static PreTokeniser parse(const json& value, std::string_view origin);

    void apply(WordList* list) const;
    /// True if the words are bytes that stand for characters of the byte-level alphabet (ByteLevel is the last step).
    bool gives_bytes() const { return gives_bytes_; }

private:
    void add(const json& value, std::string_view origin, int depth);
    void add_byte_level(const json& value, std::string_view origin);

    std::vector<std::shared_ptr<const Step>> steps_;
    bool gives_bytes_ = false;
};

}  // namespace molt
