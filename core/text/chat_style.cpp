// The table of chat templates and the renderer.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/chat_style.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

using System = ChatStyle::System;

constexpr std::string_view kImStart = "<|im_start|>assistant\n";
constexpr std::string_view kHeader = "<|start_header_id|>assistant<|end_header_id|>\n\n";

ChatStyle chatml(std::string_view name, std::string_view default_system, bool thinks) {
    ChatStyle style;
    style.name = name;
    style.system_marks = {"<|im_start|>system\n", "<|im_end|>\n"};
    style.user = {"<|im_start|>user\n", "<|im_end|>\n"};
    style.assistant_header = kImStart;
    style.assistant = {"", "<|im_end|>"};
    style.separator = "\n";
    style.generation = kImStart;
    style.default_system = default_system;
    style.thinks = thinks;
    style.stop_texts = {"<|im_end|>", "<|im_start|>"};
    return style;
}

ChatStyle zephyr() {
    ChatStyle style;
    style.name = "zephyr";
    style.system_marks = {"<|system|>\n", "{eos}\n"};
    style.user = {"<|user|>\n", "{eos}\n"};
    style.assistant_header = "<|assistant|>\n";
    style.assistant = {"", "{eos}"};
    style.separator = "\n";
    style.generation = "<|assistant|>\n";
    style.stop_texts = {"<|user|>", "<|system|>"};
    return style;
}

ChatStyle llama2() {
    ChatStyle style;
    style.name = "llama2";
    style.system = System::InFirstUser;
    style.system_marks = {"<<SYS>>\n", "\n<</SYS>>\n\n"};
    style.user = {"{bos}[INST] ", " [/INST]", true};
    style.assistant = {" ", " {eos}", true};
    style.alternates = true;
    style.stop_texts = {"[INST]"};
    return style;
}

/// `intro` opens the system turn of 3.1 and later, which is always there.
ChatStyle llama3(std::string_view name, std::string_view intro) {
    ChatStyle style;
    style.name = name;
    style.prologue = "{bos}";
    style.system_marks = {intro.empty() ? "<|start_header_id|>system<|end_header_id|>\n\n" : intro, "<|eot_id|>", true};
    style.user = {"<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>", true};
    style.assistant_header = kHeader;
    style.assistant = {"", "<|eot_id|>", true};
    style.generation = kHeader;
    style.always_system = !intro.empty();
    style.stop_texts = {"<|eot_id|>", "<|start_header_id|>"};
    return style;
}

struct MistralMarks {
    std::string_view name, before, after, answer;
    System system = System::Refused;
    bool trims_answer = false;
};

ChatStyle mistral(const MistralMarks& marks) {
    ChatStyle style;
    style.name = marks.name;
    style.prologue = "{bos}";
    style.user = {marks.before, marks.after};
    style.assistant = {marks.answer, "{eos}", marks.trims_answer};
    style.system = marks.system;
    style.system_marks = {"", "\n\n"};
    style.alternates = true;
    style.stop_texts = {"[INST]"};
    return style;
}

std::vector<ChatStyle> make_styles() {
    std::vector<ChatStyle> all = {
        zephyr(),
        chatml("chatml", "", false),
        chatml("qwen2", "You are a helpful assistant.", false),
        chatml("qwen2.5", "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.", false),
        chatml("qwen3", "", true),
        llama2(),
        llama3("llama3", ""),
        llama3("llama3.1",
               "<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
               "Today Date: 26 Jul 2024\n\n"),
        llama3("llama3.2",
               "<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
               "Today Date: {date}\n\n"),
        // The first templates of Mistral 7B and Mixtral, which knew no system message.
        mistral({"mistral-v0.1", "[INST] ", " [/INST]", ""}),
        mistral({"mistral-v0.2", "[INST] ", " [/INST]", ""}),
        mistral({"mistral-v1", " [INST] ", " [/INST]", " ", System::InFirstUser}),
        mistral({"mistral-v3", "[INST] ", "[/INST]", " ", System::InLastUser, true}),
        mistral({"mistral-tekken", "[INST]", "[/INST]", "", System::InLastUser}),
    };
    for (auto& style : all) {
        if (style.name == "mistral-v0.1") style.separator = " ";
    }
    return all;
}

std::string filled(std::string_view mark, const ChatWords& words) {
    std::string out;
    while (!mark.empty()) {
        const auto take = [&](std::string_view name, const std::string& word) {
            if (!mark.starts_with(name)) return false;
            out += word;
            mark.remove_prefix(name.size());
            return true;
        };
        if (take("{bos}", words.bos) || take("{eos}", words.eos) || take("{date}", words.date)) continue;
        out += mark.front();
        mark.remove_prefix(1);
    }
    return out;
}

[[noreturn]] void refuse(const ChatStyle& style, std::string_view what, std::string_view hint) {
    fail(ErrorCode::Mismatch, join("The template \"", style.name, "\" ", what, "."), std::string(hint));
}

/// Qwen3's view of an assistant's text: thoughts apart, and shown in turns behind the last question only.
std::string with_thoughts(const std::string& content, bool shows, bool last) {
    std::string thoughts, answer = content;
    if (const std::size_t end = content.rfind("</think>"); end != std::string::npos) {
        thoughts = content.substr(0, content.find("</think>"));
        if (const std::size_t begin = thoughts.rfind("<think>"); begin != std::string::npos)
            thoughts.erase(0, begin + 7);
        answer = content.substr(end + 8);
        answer.erase(0, std::min(answer.find_first_not_of('\n'), answer.size()));
    }
    const std::size_t first = std::min(thoughts.find_first_not_of('\n'), thoughts.size());
    thoughts = thoughts.substr(first, thoughts.find_last_not_of('\n') + 1 - first);
    if (!shows || (!last && thoughts.empty())) return answer;
    answer.erase(0, std::min(answer.find_first_not_of('\n'), answer.size()));
    return "<think>\n" + thoughts + "\n</think>\n\n" + answer;
}

class Renderer {
public:
    Renderer(const ChatStyle& style, const ChatWords& words, std::span<const ChatMessage> messages)
        : style_(style), words_(words), messages_(messages) {}

    ChatScript run(bool generation_prompt) {
        script_.add(filled(style_.prologue, words_));
        const bool has_system = !messages_.empty() && messages_[0].role == "system";
        if (style_.system != System::OwnTurn) {
            take_system(has_system);
        } else if (style_.always_system || (!has_system && !style_.default_system.empty())) {
            add_turn(style_.system_marks, has_system ? messages_[0].content : std::string(style_.default_system));
            if (has_system) messages_ = messages_.subspan(1);
        }
        if (style_.alternates) check_turns();
        for (std::size_t i = 0; i < messages_.size(); ++i) add_message(i);
        if (generation_prompt) script_.add(filled(style_.generation, words_));
        return std::move(script_);
    }

private:
    void take_system(bool has_system) {
        if (!has_system) return;
        if (style_.system == System::Refused) {
            refuse(style_, "knows no system message", "Put its text into the first user message.");
        }
        system_ = join(style_.system_marks.before, messages_[0].content, style_.system_marks.after);
        messages_ = messages_.subspan(1);
    }

    void check_turns() const {
        for (std::size_t i = 0; i < messages_.size(); ++i) {
            if (messages_[i].role != (i % 2 == 0 ? "user" : "assistant")) {
                refuse(style_, "needs user and assistant in turns",
                       "Begin with user; a system message may stand first.");
            }
        }
    }

    static std::string trimmed(std::string_view text, bool trims) { return std::string(trims ? trim(text) : text); }

    void add_turn(const ChatMarks& marks, const std::string& content) {
        script_.add(filled(marks.before, words_));
        script_.add(trimmed(content, marks.trims));
        script_.add(filled(marks.after, words_));
    }

    void add_message(std::size_t i) {
        const ChatMessage& message = messages_[i];
        if (message.role == "system") return add_turn(style_.system_marks, message.content);
        if (message.role == "user") {
            const bool here = style_.system == System::InFirstUser ? i == 0 : i + 1 == messages_.size();
            return add_turn(style_.user, here ? system_ + message.content : message.content);
        }
        script_.add(filled(style_.assistant_header, words_));
        std::string content = trimmed(message.content, style_.assistant.trims);
        if (style_.thinks) content = with_thoughts(content, i > last_question(), i + 1 == messages_.size());
        script_.add_learned(filled(style_.assistant.before, words_) + content + filled(style_.assistant.after, words_));
        script_.add(filled(style_.separator, words_));
    }

    std::size_t last_question() const {
        for (std::size_t i = messages_.size(); i > 0; --i) {
            if (messages_[i - 1].role == "user") return i - 1;
        }
        return messages_.size();
    }

    const ChatStyle& style_;
    const ChatWords& words_;
    std::span<const ChatMessage> messages_;
    std::string system_;
    ChatScript script_;
};

}  // namespace

std::span<const ChatStyle> chat_styles() {
    static const std::vector<ChatStyle> all = make_styles();
    return all;
}

ChatScript render_chat(const ChatStyle& style, const ChatWords& words, std::span<const ChatMessage> messages,
                       bool generation_prompt) {
    for (const auto& message : messages) {
        if (message.role != "system" && message.role != "user" && message.role != "assistant") {
            refuse(style, join("knows no role \"", message.role, "\""), "Roles are system, user and assistant.");
        }
    }
    return Renderer(style, words, messages).run(generation_prompt);
}

}  // namespace molt
