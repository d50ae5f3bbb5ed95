// Regular expressions as Hugging Face tokenizer files write them (Oniguruma's dialect), compiled and run by PCRE2.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace molt {

/// The same expression for PCRE2: \s, \w, \d, \h and \p{..} mean what Oniguruma takes them for, characters up to
/// Unicode 16 included.
std::string to_pcre2(std::string_view oniguruma);

/// A pattern that matches exactly this text.
std::string regex_of_text(std::string_view text);

/// Immutable and thread-safe. Works on valid UTF-8 only.
class Regex {
public:
    /// Throws Error(BadFile) with the pattern if it cannot be compiled.
    explicit Regex(std::string_view oniguruma);

    /// Calls `found(begin, end)` for every match from left to right, as Oniguruma's find_iter gives them: an empty
    /// match right behind another match is left out. Throws Error(BadFile) if a search takes more steps than any sane
    /// pattern does.
    template <class Found>
    void for_each(std::string_view text, Found&& found) const {
        Cursor cursor;
        while (next(text, &cursor)) found(cursor.begin, cursor.end);
    }

private:
    struct Program;
    struct Cursor {
        std::size_t begin = 0, end = 0;
        bool started = false;
    };
    bool next(std::string_view text, Cursor* cursor) const;
    bool search(std::string_view text, std::size_t from, Cursor* cursor) const;

    std::shared_ptr<const Program> program_;
};

}  // namespace molt
