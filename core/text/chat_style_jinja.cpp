// Chat styles as Jinja source, for the tokenizer_config.json of models that Molt writes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "core/text/chat_style.h"

namespace molt {

namespace {

using System = ChatStyle::System;

/// A mark as a Jinja expression: "{bos}[INST] " becomes bos_token + '[INST] '.
std::string expression(std::string_view mark) {
    std::string out, text;
    const auto flush = [&] {
        if (text.empty()) return;
        out += (out.empty() ? "'" : " + '") + text + "'";
        text.clear();
    };
    while (!mark.empty()) {
        const auto take = [&](std::string_view name, std::string_view variable) {
            if (!mark.starts_with(name)) return false;
            flush();
            out += join(out.empty() ? "" : " + ", variable);
            mark.remove_prefix(name.size());
            return true;
        };
        if (take("{bos}", "bos_token") || take("{eos}", "eos_token") || take("{date}", "date")) continue;
        text += mark.front() == '\n' ? "\\n" : std::string(1, mark.front());
        mark.remove_prefix(1);
    }
    flush();
    return out.empty() ? "''" : out;
}

std::string print(const std::string& value) { return join("{{- ", value, " -}}"); }

std::string turn(const ChatMarks& marks, const std::string& content) {
    return print(
        join(expression(marks.before), " + ", content, marks.trims ? " | trim" : "", " + ", expression(marks.after)));
}

constexpr std::string_view kSetDate =
    "{%- if strftime_now is defined -%}{%- set date = strftime_now('%d %b %Y') -%}{%- else -%}"
    "{%- set date = '26 Jul 2024' -%}{%- endif -%}";

/// Sets `turns` to the messages that are rendered one by one, and `system` where it goes into another turn.
std::string opening(const ChatStyle& style) {
    const std::string first_is_system = "{%- if messages[0]['role'] == 'system' -%}";
    std::string out = style.system_marks.before.find("{date}") == std::string_view::npos ? "" : std::string(kSetDate);
    out += print(expression(style.prologue));
    if (style.system == System::Refused) return out + "{%- set turns = messages -%}";
    if (style.system != System::OwnTurn || style.always_system) {
        out += join(first_is_system, "{%- set system = messages[0]['content'] -%}{%- set turns = messages[1:] -%}",
                    "{%- else -%}{%- set turns = messages -%}{%- endif -%}");
        if (!style.always_system) return out;
        return out + turn(style.system_marks, "(system | default(''))");
    }
    out += "{%- set turns = messages -%}";
    if (style.default_system.empty()) return out;
    return out + join("{%- if messages[0]['role'] != 'system' -%}",
                      turn(style.system_marks, expression(style.default_system)), "{%- endif -%}");
}

std::string user_turn(const ChatStyle& style) {
    if (style.system == System::OwnTurn || style.system == System::Refused)
        return turn(style.user, "message['content']");
    const ChatMarks& marks = style.system_marks;
    return join("{%- set text = message['content'] -%}{%- if loop.",
                style.system == System::InFirstUser ? "first" : "last",
                " and system is defined -%}{%- set text = ", expression(marks.before), " + system + ",
                expression(marks.after), " + text -%}{%- endif -%}", turn(style.user, "text"));
}

std::string assistant_turn(const ChatStyle& style) {
    std::string content = "message['content']";
    std::string thoughts;
    if (style.thinks) {
        content = "text";
        thoughts =
            "{%- set text = message['content'] -%}{%- set thoughts = '' -%}{%- if '</think>' in text -%}"
            "{%- set thoughts = text.split('</think>')[0].split('<think>')[-1].strip('\\n') -%}"
            "{%- set text = text.split('</think>')[-1].lstrip('\\n') -%}{%- endif -%}"
            "{%- if loop.index0 > found.question and (loop.last or thoughts) -%}"
            "{%- set text = '<think>\\n' + thoughts + '\\n</think>\\n\\n' + text.lstrip('\\n') -%}{%- endif -%}";
    }
    return thoughts + print(expression(style.assistant_header)) + turn(style.assistant, content) +
           print(expression(style.separator));
}

}  // namespace

std::string chat_style_jinja(const ChatStyle& style) {
    std::string out = opening(style);
    if (style.thinks) {
        out +=
            "{%- set found = namespace(question=turns | length) -%}{%- for message in turns -%}"
            "{%- if message['role'] == 'user' -%}{%- set found.question = loop.index0 -%}{%- endif -%}{%- endfor -%}";
    }
    out += "{%- for message in turns -%}";
    if (style.alternates) {
        out +=
            "{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}"
            "{{- raise_exception('user and assistant must take turns') -}}{%- endif -%}";
    }
    out += "{%- if message['role'] == 'user' -%}" + user_turn(style);
    out += "{%- elif message['role'] == 'assistant' -%}" + assistant_turn(style);
    if (style.system == System::OwnTurn) {
        out += "{%- elif message['role'] == 'system' -%}" + turn(style.system_marks, "message['content']");
    }
    out += "{%- else -%}{{- raise_exception('unknown role ' + message['role']) -}}{%- endif -%}{%- endfor -%}";
    if (!style.generation.empty()) {
        out += "{%- if add_generation_prompt -%}" + print(expression(style.generation)) + "{%- endif -%}";
    }
    return out;
}

}  // namespace molt
