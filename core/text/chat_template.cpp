// The built-in chat templates: each is a function from a conversation to spans of text, some of which count for the
// loss. SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/chat_template.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

/// A conversation as text, with the byte ranges that the assistant is to learn.
struct Script {
    std::string text;
    std::vector<std::pair<std::size_t, std::size_t>> learned;

    void add(std::string_view part) { text += part; }
    void add_learned(std::string_view part) {
        if (part.empty()) return;
        learned.emplace_back(text.size(), text.size() + part.size());
        text += part;
    }
};

struct Conversation {
    std::span<const ChatMessage> messages;
    bool generation_prompt = false;
    std::string end_mark;  // the tokenizer's end token as text
};

Script render_plain(const Conversation& chat) {
    Script script;
    for (std::size_t i = 0; i < chat.messages.size(); ++i) {
        const bool last = i + 1 == chat.messages.size();
        const std::string line = chat.messages[i].content + (last && !chat.generation_prompt ? "" : "\n");
        chat.messages[i].role == "assistant" ? script.add_learned(line) : script.add(line);
    }
    return script;
}

Script render_zephyr(const Conversation& chat) {
    Script script;
    for (const auto& message : chat.messages) {
        script.add(join("<|", message.role, "|>\n"));
        const std::string turn = message.content + chat.end_mark;
        message.role == "assistant" ? script.add_learned(turn) : script.add(turn);
        script.add("\n");
    }
    if (chat.generation_prompt) script.add("<|assistant|>\n");
    return script;
}

Script render_chatml(const Conversation& chat) {
    Script script;
    for (const auto& message : chat.messages) {
        script.add(join("<|im_start|>", message.role, "\n"));
        const std::string turn = message.content + "<|im_end|>";
        message.role == "assistant" ? script.add_learned(turn) : script.add(turn);
        script.add("\n");
    }
    if (chat.generation_prompt) script.add("<|im_start|>assistant\n");
    return script;
}

struct Style {
    std::string_view name;
    Script (*render)(const Conversation&);
    bool begins_with_mark;  // the ids start with the tokenizer's begin token
    std::vector<std::string> stop_texts;
    std::string_view jinja;
};

const std::vector<Style>& styles() {
    static const std::vector<Style> all = {
        {"plain", render_plain, true, {}, ""},
        {"zephyr",
         render_zephyr,
         false,
         {"<|user|>", "<|system|>"},
         "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + "
         "eos_token }}\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n"
         "{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n"
         "{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n"
         "{% endfor %}"},
        {"chatml",
         render_chatml,
         false,
         {"<|im_end|>", "<|im_start|>"},
         "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + "
         "'\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"},
    };
    return all;
}

const Style& style(std::string_view name) {
    const auto found = std::find_if(styles().begin(), styles().end(), [&](const Style& s) { return s.name == name; });
    if (found != styles().end()) return *found;
    const auto names = ChatTemplate::names();
    const std::string near = nearest_name(name, names);
    fail(ErrorCode::Mismatch, join("There is no chat template \"", name, "\"."),
         join(near.empty() ? "" : join("Did you mean \"", near, "\"? "), "Known: ", join_list(names, ", "), "."));
}

/// Number of leading ids that text.substr(0, end) alone gives as well. A token across the border counts as behind it.
std::size_t tokens_before(const Tokenizer& tokenizer, const RenderedChat& chat, std::size_t end, bool add_special) {
    const auto prefix = tokenizer.encode(std::string_view(chat.text).substr(0, end), add_special);
    const std::size_t shorter = std::min(prefix.size(), chat.ids.size());
    const auto differs =
        std::mismatch(prefix.begin(), prefix.begin() + static_cast<std::ptrdiff_t>(shorter), chat.ids.begin());
    return static_cast<std::size_t>(differs.first - prefix.begin());
}

std::string template_source(const fs::path& folder) {
    const fs::path file = folder / "tokenizer_config.json";
    if (!fs::is_regular_file(file)) return {};
    const json config = read_json_file(file);
    if (!config.is_object()) fail(ErrorCode::BadFile, join(file.string(), " holds no JSON object."));
    const auto found = config.find("chat_template");
    if (found == config.end() || found->is_null()) return {};
    if (found->is_string()) return found->get<std::string>();
    fail(ErrorCode::BadFile, join(file.string(), ": \"chat_template\" should be a text."));
}

std::string without_spaces(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r') out += c;
    }
    return out;
}

}  // namespace

ChatTemplate ChatTemplate::named(std::string_view name) { return ChatTemplate(std::string(style(name).name)); }

std::vector<std::string> ChatTemplate::names() {
    std::vector<std::string> out;
    for (const auto& each : styles()) out.emplace_back(each.name);
    return out;
}

ChatTemplate ChatTemplate::recognise(const fs::path& folder) {
    const std::string source = template_source(folder);
    if (source.empty()) return named("plain");
    std::string closest = "plain";
    for (const auto& each : styles()) {
        if (without_spaces(source) == without_spaces(each.jinja)) return named(each.name);
        const bool shares_mark = std::any_of(each.stop_texts.begin(), each.stop_texts.end(),
                                             [&](const auto& mark) { return source.find(mark) != std::string::npos; });
        if (shares_mark) closest = each.name;
    }
    fail(ErrorCode::Mismatch, join("The chat template of ", folder.string(), " is not one of the built-in ones."),
         join("The closest is \"", closest, "\"; choose it with --template ", closest, " if it fits."));
}

RenderedChat ChatTemplate::render(const Tokenizer& tokenizer, std::span<const ChatMessage> messages,
                                  bool generation_prompt) const {
    for (const auto& message : messages) {
        if (message.role != "system" && message.role != "user" && message.role != "assistant") {
            fail(ErrorCode::Mismatch, join("The template \"", name_, "\" knows no role \"", message.role, "\"."),
                 "Roles are system, user and assistant.");
        }
    }
    const Style& chosen = style(name_);
    Conversation conversation{messages, generation_prompt, {}};
    if (const auto end = tokenizer.end_token()) conversation.end_mark = tokenizer.decode(std::array{*end}, true);
    const Script script = chosen.render(conversation);
    RenderedChat chat{script.text, tokenizer.encode(script.text, chosen.begins_with_mark), {}};
    chat.loss_mask.assign(chat.ids.size(), false);
    for (const auto& [begin, end] : script.learned) {
        const std::size_t first = tokens_before(tokenizer, chat, begin, chosen.begins_with_mark);
        const std::size_t last = tokens_before(tokenizer, chat, end, chosen.begins_with_mark);
        for (std::size_t i = first; i < last; ++i) chat.loss_mask[i] = true;
    }
    return chat;
}

std::vector<std::string> ChatTemplate::stop_texts() const { return style(name_).stop_texts; }

std::string ChatTemplate::jinja() const { return std::string(style(name_).jinja); }

}  // namespace molt
