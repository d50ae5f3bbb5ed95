// Chat templates: conversation -> text and ids with a loss mask. Built in and named; recognised from a model's files.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/spec/chat.h"
#include "core/text/tokenizer.h"

namespace molt {

struct RenderedChat {
    std::string text;
    std::vector<TokenId> ids;
    std::vector<bool> loss_mask;  ///< true for tokens of assistant turns, their end mark included
};

class ChatTemplate {
public:
    /// By name: "plain" (no marks: contents joined by newlines), "zephyr", "chatml", "qwen2", "qwen2.5", "qwen3",
    /// "llama2", "llama3", "llama3.1", "llama3.2" (with the date of today), "mistral-v0.1", "mistral-v0.2" (no system
    /// message), "mistral-v1", "mistral-v3" (v2 too), "mistral-tekken". Throws Error(Mismatch) naming the nearest.
    static ChatTemplate named(std::string_view name);
    static std::vector<std::string> names();
    /// From chat_template.jinja or tokenizer_config.json ("chat_template") in `folder`, by what the template renders
    /// for a handful of conversations; without one: "plain". An unknown template: Error(Mismatch) with a hint that
    /// names the closest and the flag --template.
    static ChatTemplate recognise(const std::filesystem::path& folder);

    const std::string& name() const { return name_; }
    /// Throws Error(Mismatch) for a role that the template does not know.
    RenderedChat render(const Tokenizer& tokenizer, std::span<const ChatMessage> messages,
                        bool generation_prompt) const;
    /// Texts that end an assistant's turn besides the model's end token. Where one is a token (Tokenizer::find), the id
    /// ends the turn: special tokens decode to nothing.
    std::vector<std::string> stop_texts() const;
    /// The Jinja source to write into tokenizer_config.json; empty for "plain".
    std::string jinja() const;

private:
    explicit ChatTemplate(std::string name) : name_(std::move(name)) {}
    std::string name_;
};

}  // namespace molt
