// Chat templates by name and by what a model's own template renders; ids and loss masks.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/chat_template.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/text/chat_style.h"
#include "core/text/jinja.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLargestSource = std::size_t{1} << 20;
constexpr std::size_t kLargestConfig = std::size_t{16} << 20;

const ChatStyle* find_style(std::string_view name) {
    const auto styles = chat_styles();
    const auto found = std::find_if(styles.begin(), styles.end(), [&](const ChatStyle& s) { return s.name == name; });
    return found == styles.end() ? nullptr : &*found;
}

ChatScript render_plain(std::span<const ChatMessage> messages, bool generation_prompt) {
    ChatScript script;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const bool last = i + 1 == messages.size();
        const std::string line = messages[i].content + (last && !generation_prompt ? "" : "\n");
        messages[i].role == "assistant" ? script.add_learned(line) : script.add(line);
    }
    return script;
}

std::string today() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char text[32];
    return std::string(text, std::strftime(text, sizeof text, "%d %b %Y", &local));
}

/// Number of leading ids that text.substr(0, end) alone gives as well. A token across the border counts as behind it.
std::size_t tokens_before(const Tokenizer& tokenizer, const RenderedChat& chat, std::size_t end, bool add_special) {
    const auto prefix = tokenizer.encode(std::string_view(chat.text).substr(0, end), add_special);
    const auto differs = std::mismatch(prefix.begin(), prefix.end(), chat.ids.begin(), chat.ids.end());
    return static_cast<std::size_t>(differs.first - prefix.begin());
}

/// The Jinja source of a model folder: chat_template.jinja, else tokenizer_config.json ("default" of several).
std::string template_source(const fs::path& folder) {
    const fs::path own_file = folder / "chat_template.jinja";
    if (fs::is_regular_file(own_file)) return read_file(own_file, kLargestSource);
    const fs::path file = folder / "tokenizer_config.json";
    if (!fs::is_regular_file(file)) return {};
    const json config = parse_json(read_file(file, kLargestConfig), file.string());
    if (!config.is_object()) fail(ErrorCode::BadFile, join(file.string(), " holds no JSON object."));
    const auto found = config.find("chat_template");
    if (found == config.end() || found->is_null()) return {};
    if (found->is_string()) return found->get<std::string>();
    if (found->is_array()) {
        for (const json& each : *found) {
            if (each.is_object() && get_or<std::string>(each, "name", "", file.string()) == "default") {
                return get<std::string>(each, "template", file.string());
            }
        }
    }
    fail(ErrorCode::BadFile, join(file.string(), ": \"chat_template\" should be a text, or a list with a default."));
}

struct Probe {
    std::vector<ChatMessage> messages;
    bool generation_prompt = false;
};

/// Conversations that tell the built-in templates apart: with and without system text, white space at the ends, an open
/// question, an answer at the end.
const std::vector<Probe>& probes() {
    static const std::vector<Probe> all = {
        {{{"user", "One?"}}, true},
        {{{"user", "One?"}, {"assistant", "First."}, {"user", "Two?"}}, true},
        {{{"user", "One?"}, {"assistant", "First."}, {"user", "Two?"}, {"assistant", "Second."}}, false},
        {{{"user", " \n One? \n"}, {"assistant", " \n First. \n"}, {"user", "Two?"}}, true},
        {{{"system", "Be brief."}, {"user", "One?"}, {"assistant", "First."}, {"user", "Two?"}}, true},
    };
    return all;
}

const ChatWords kProbeWords = {"<s>", "</s>", "01 Jan 2031"};
constexpr std::string_view kRefusal = "\x01refused";

/// What `render` gives, or a mark that the conversation is refused.
template <class Render>
std::string or_refusal(const Render& render) {
    try {
        return render();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Mismatch) throw;
        return std::string(kRefusal);
    }
}

std::string render_source(const std::string& source, const Probe& probe) {
    json messages = json::array();
    for (const auto& message : probe.messages) {
        messages.push_back({{"role", message.role}, {"content", message.content}});
    }
    const json variables = {{"messages", messages},
                            {"add_generation_prompt", probe.generation_prompt},
                            {"bos_token", kProbeWords.bos},
                            {"eos_token", kProbeWords.eos},
                            {"unk_token", "<unk>"},
                            {"pad_token", kProbeWords.eos},
                            {"tools", nullptr},
                            {"documents", nullptr}};
    return or_refusal([&] { return render_jinja(source, variables, kProbeWords.date); });
}

std::string render_style(const ChatStyle& style, const Probe& probe) {
    return or_refusal([&] { return render_chat(style, kProbeWords, probe.messages, probe.generation_prompt).text; });
}

/// The style whose stop texts occur most often in a source that cannot be rendered.
std::string style_by_marks(const std::string& source) {
    std::string best = "plain";
    std::ptrdiff_t best_count = 0;
    for (const auto& style : chat_styles()) {
        const auto count =
            std::count_if(style.stop_texts.begin(), style.stop_texts.end(),
                          [&](const std::string& mark) { return source.find(mark) != std::string::npos; });
        if (count > best_count) {
            best_count = count;
            best = style.name;
        }
    }
    return best;
}

std::string closest_style(const std::string& rendered, const std::string& source) {
    std::vector<std::string> candidates;
    for (const auto& style : chat_styles()) candidates.push_back(render_style(style, probes()[1]));
    const std::string near = nearest_name(rendered, candidates);
    const auto found = std::find(candidates.begin(), candidates.end(), near);
    if (near.empty()) return style_by_marks(source);
    return std::string(chat_styles()[static_cast<std::size_t>(found - candidates.begin())].name);
}

[[noreturn]] void refuse_template(const std::string& where, const std::string& reason, const std::string& closest) {
    fail(ErrorCode::Mismatch, join("The chat template of ", where, " is not one of the built-in ones", reason, "."),
         join("The closest is \"", closest, "\"; choose it with --template ", closest, " if it fits."));
}

}  // namespace

ChatTemplate ChatTemplate::named(std::string_view name) {
    if (name == "plain" || find_style(name) != nullptr) return ChatTemplate(std::string(name));
    const auto all = names();
    const std::string near = nearest_name(name, all);
    fail(ErrorCode::Mismatch, join("There is no chat template \"", name, "\"."),
         join(near.empty() ? "" : join("Did you mean \"", near, "\"? "), "Known: ", join_list(all, ", "), "."));
}

std::vector<std::string> ChatTemplate::names() {
    std::vector<std::string> out = {"plain"};
    for (const auto& style : chat_styles()) out.emplace_back(style.name);
    return out;
}

ChatTemplate ChatTemplate::recognise(const fs::path& folder) {
    const std::string source = template_source(folder);
    if (source.empty()) return named("plain");
    if (source.size() > kLargestSource) refuse_template(folder.string(), " (it is too long)", "plain");
    std::vector<std::string> rendered;
    std::string reason;
    try {
        for (const Probe& probe : probes()) rendered.push_back(render_source(source, probe));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::BadFile) throw;
        reason = error.what();
    }
    if (!reason.empty()) refuse_template(folder.string(), join(" (", reason, ")"), style_by_marks(source));
    for (const auto& style : chat_styles()) {
        const bool same =
            std::equal(rendered.begin(), rendered.end(), probes().begin(),
                       [&](const std::string& text, const Probe& p) { return text == render_style(style, p); });
        if (same) return named(style.name);
    }
    refuse_template(folder.string(), "", closest_style(rendered[1], source));
}

RenderedChat ChatTemplate::render(const Tokenizer& tokenizer, std::span<const ChatMessage> messages,
                                  bool generation_prompt) const {
    const auto text_of = [&](std::optional<TokenId> id) {
        return id ? tokenizer.decode(std::array{*id}, true) : std::string();
    };
    const ChatStyle* style = find_style(name_);
    const bool add_special = style == nullptr;
    const ChatWords words{text_of(tokenizer.begin_token()), text_of(tokenizer.end_token()), today()};
    const ChatScript script = style == nullptr ? render_plain(messages, generation_prompt)
                                               : render_chat(*style, words, messages, generation_prompt);
    RenderedChat chat{script.text, tokenizer.encode(script.text, add_special), {}};
    chat.loss_mask.assign(chat.ids.size(), false);
    for (const auto& [begin, end] : script.learned) {
        const std::size_t first = tokens_before(tokenizer, chat, begin, add_special);
        const std::size_t last = tokens_before(tokenizer, chat, end, add_special);
        for (std::size_t i = first; i < last; ++i) chat.loss_mask[i] = true;
    }
    return chat;
}

std::vector<std::string> ChatTemplate::stop_texts() const {
    const ChatStyle* style = find_style(name_);
    return style == nullptr ? std::vector<std::string>() : style->stop_texts;
}

std::string ChatTemplate::jinja() const {
    const ChatStyle* style = find_style(name_);
    return style == nullptr ? std::string() : chat_style_jinja(*style);
}

}  // namespace molt
