// The built-in chat templates as data: what stands around each role's text. One row a template, one renderer for all.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/spec/chat.h"

namespace molt {

/// Text before and behind a role's content. "{bos}" and "{eos}" stand for the tokenizer's marks, "{date}" for today.
struct ChatMarks {
    std::string_view before, after;
    bool trims = false;  ///< white space around the content is dropped
};

struct ChatStyle {
    /// Where a system message goes.
    enum class System { OwnTurn, InFirstUser, InLastUser, Refused };

    std::string_view name;
    std::string_view prologue;  ///< before everything
    ChatMarks user;
    ChatMarks assistant;                ///< all of it is learned
    std::string_view assistant_header;  ///< before an assistant's turn, not learned
    std::string_view separator;         ///< behind an assistant's turn, not learned
    std::string_view generation;        ///< asks for an assistant's turn
    System system = System::OwnTurn;
    ChatMarks system_marks;
    std::string_view default_system;      ///< marked up as a system message where there is none; empty: nothing
    bool always_system = false;           ///< the system turn is written even if it is empty
    bool alternates = false;              ///< user and assistant must take turns, beginning with the user
    bool thinks = false;                  ///< Qwen3: "<think>" blocks of earlier turns are dropped, the last has one
    std::vector<std::string> stop_texts;  ///< end an assistant's turn besides the end token
};

/// All templates but "plain", which has no marks.
std::span<const ChatStyle> chat_styles();

/// What the marks stand for.
struct ChatWords {
    std::string bos, eos, date;
};

/// A conversation as text, with the byte ranges that the assistant is to learn.
struct ChatScript {
    std::string text;
    std::vector<std::pair<std::size_t, std::size_t>> learned;

    void add(std::string_view part) { text += part; }
    void add_learned(std::string_view part) {
        if (part.empty()) return;
        learned.emplace_back(text.size(), text.size() + part.size());
        text += part;
    }
};

/// Throws Error(Mismatch) for roles or an order of roles that the style does not know.
ChatScript render_chat(const ChatStyle& style, const ChatWords& words, std::span<const ChatMessage> messages,
                       bool generation_prompt);

/// The style as Jinja source that renders the same.
std::string chat_style_jinja(const ChatStyle& style);

}  // namespace molt
