// Built-in chat templates: their text, the tokens that count for the loss, and recognition from tokenizer_config.json.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <functional>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/text/chat_style.h"
#include "core/text/chat_template.h"
#include "core/text/jinja.h"
#include "core/text/json_tokenizer.h"
#include "tests/support/tokenizer_files.h"

#include <QtTest>

using namespace molt;
using namespace molt::testing;

namespace {

/// One id a byte; "</s>" is id 256, "<s>" is id 257.
class ByteTokenizer final : public Tokenizer {
public:
    std::vector<TokenId> encode(std::string_view text, bool add_special) const override {
        std::vector<TokenId> ids;
        if (add_special) ids.push_back(257);
        for (std::size_t at = 0; at < text.size();) {
            const bool is_end = text.substr(at, 4) == "</s>", is_begin = text.substr(at, 3) == "<s>";
            ids.push_back(is_end ? 256 : is_begin ? 257 : static_cast<unsigned char>(text[at]));
            at += is_end ? 4 : is_begin ? 3 : 1;
        }
        return ids;
    }
    std::string decode(std::span<const TokenId> ids, bool keep_special) const override {
        std::string text;
        for (const TokenId id : ids) text += decode_next(-1, id, keep_special);
        return text;
    }
    std::string decode_next(TokenId, TokenId id, bool keep_special) const override {
        if (id < 256) return std::string(1, static_cast<char>(id));
        return keep_special ? piece(id) : std::string();
    }
    std::string piece(TokenId id) const override { return id == 256 ? "</s>" : "<s>"; }
    bool is_special(TokenId id) const override { return id >= 256; }
    std::optional<TokenId> find(std::string_view) const override { return std::nullopt; }
    std::optional<TokenId> begin_token() const override { return 257; }
    std::optional<TokenId> end_token() const override { return 256; }
    std::int64_t vocab_size() const override { return 258; }
    std::string kind() const override { return "bytes"; }
    std::vector<std::pair<std::string, std::string>> files() const override { return {}; }
};

const std::vector<ChatMessage> kTalk = {
    {"system", "Be kind."}, {"user", "Hi"}, {"assistant", "Hello"}, {"user", "Bye"}, {"assistant", "Ciao"}};

std::string learned_text(const RenderedChat& chat) {
    std::vector<TokenId> ids;
    for (std::size_t i = 0; i < chat.ids.size(); ++i) {
        if (chat.loss_mask[i]) ids.push_back(chat.ids[i]);
    }
    return ByteTokenizer().decode(ids, true);
}

std::string or_refused(const std::function<std::string()>& render) {
    try {
        return render();
    } catch (const Error& error) {
        return error.code() == ErrorCode::Mismatch ? "refused" : error.what();
    }
}

}  // namespace

class TstChatTemplate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void texts_are_those_of_the_models_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("prompt");
        QTest::addColumn<QString>("learned");
        const auto row = [](const char* name, const std::string& text, const char* prompt, const char* learned) {
            QTest::newRow(name) << name << QString::fromStdString(text) << prompt << learned;
        };
        row("plain", "Be kind.\nHi\nHello\nBye\nCiao", "\n", "Hello\nCiao");
        row("zephyr",
            "<|system|>\nBe kind.</s>\n<|user|>\nHi</s>\n<|assistant|>\nHello</s>\n<|user|>\nBye</s>\n"
            "<|assistant|>\nCiao</s>\n",
            "<|assistant|>\n", "Hello</s>Ciao</s>");
        const std::string chatml =
            "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
            "Hello<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\nCiao<|im_end|>\n";
        for (const char* name : {"chatml", "qwen2", "qwen2.5"}) {
            row(name, chatml, "<|im_start|>assistant\n", "Hello<|im_end|>Ciao<|im_end|>");
        }
        row("qwen3",
            "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
            "Hello<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
            "Ciao<|im_end|>\n",
            "<|im_start|>assistant\n", "Hello<|im_end|><think>\n\n</think>\n\nCiao<|im_end|>");
        row("llama2", "<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHi [/INST] Hello </s><s>[INST] Bye [/INST] Ciao </s>",
            "", " Hello </s> Ciao </s>");
        const std::string turns =
            "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
            "Hello<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\nCiao<|eot_id|>";
        const std::string system = "<s><|start_header_id|>system<|end_header_id|>\n\n";
        const char* const header = "<|start_header_id|>assistant<|end_header_id|>\n\n";
        row("llama3", system + "Be kind.<|eot_id|>" + turns, header, "Hello<|eot_id|>Ciao<|eot_id|>");
        row("llama3.1",
            system + "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\nBe kind.<|eot_id|>" + turns,
            header, "Hello<|eot_id|>Ciao<|eot_id|>");
        row("mistral-v1", "<s> [INST] Be kind.\n\nHi [/INST] Hello</s> [INST] Bye [/INST] Ciao</s>", "",
            " Hello</s> Ciao</s>");
        row("mistral-v3", "<s>[INST] Hi[/INST] Hello</s>[INST] Bye[/INST] Ciao</s>", "", " Hello</s> Ciao</s>");
    }
    void texts_are_those_of_the_models() {
        QFETCH(QString, name);
        QFETCH(QString, text);
        QFETCH(QString, prompt);
        QFETCH(QString, learned);
        const ByteTokenizer tokenizer;
        const auto chat = ChatTemplate::named(name.toStdString());
        const auto rendered = chat.render(tokenizer, kTalk, false);
        QCOMPARE(QString::fromStdString(rendered.text), text);
        QCOMPARE(rendered.ids.size(), rendered.loss_mask.size());
        QCOMPARE(QString::fromStdString(learned_text(rendered)), learned);
        QCOMPARE(QString::fromStdString(chat.render(tokenizer, kTalk, true).text), text + prompt);
    }

    void unknown_names_and_roles_are_refused_with_help() {
        try {
            ChatTemplate::named("zephir");
            QFAIL("accepted");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::Mismatch);
            QVERIFY(QString::fromStdString(error.hint()).contains("zephyr"));
        }
        const std::vector<ChatMessage> odd = {{"robot", "x"}};
        QVERIFY_EXCEPTION_THROWN(ChatTemplate::named("zephyr").render(ByteTokenizer(), odd, false), Error);
    }

    void its_own_source_is_recognised() {
        for (const std::string& name : ChatTemplate::names()) {
            TemporaryFolder folder;
            const json config = {{"chat_template", ChatTemplate::named(name).jinja()}};
            write_file(folder.path() / "tokenizer_config.json", config.dump());
            QCOMPARE(ChatTemplate::recognise(folder.path()).name(), name);
        }
        TemporaryFolder empty;
        QCOMPARE(ChatTemplate::recognise(empty.path()).name(), std::string("plain"));
    }

    void every_style_equals_its_own_jinja() {
        const std::vector<std::vector<ChatMessage>> talks = {
            kTalk,
            {{"user", "Hi"}},
            {{"user", " Hi \n"}, {"assistant", " \nHello\n "}, {"user", "Bye"}},
            {{"user", "Hi"},
             {"assistant", "<think>\nhm\n</think>\n\nHello"},
             {"user", "Bye"},
             {"assistant", "<think>\nwell\n</think>\n\nCiao"}},
            {{"system", "Be kind."}, {"user", "Hi"}},
            {{"assistant", "Hello"}},
        };
        const ChatWords words{"<s>", "</s>", "01 Jan 2031"};
        for (const ChatStyle& style : chat_styles()) {
            for (const auto& talk : talks) {
                for (const bool prompt : {false, true}) {
                    json messages = json::array();
                    for (const auto& m : talk) messages.push_back({{"role", m.role}, {"content", m.content}});
                    const json variables = {{"messages", messages},
                                            {"add_generation_prompt", prompt},
                                            {"bos_token", "<s>"},
                                            {"eos_token", "</s>"}};
                    const auto from_style = or_refused([&] { return render_chat(style, words, talk, prompt).text; });
                    const auto from_jinja =
                        or_refused([&] { return render_jinja(chat_style_jinja(style), variables, words.date); });
                    QVERIFY2(from_style == from_jinja,
                             (std::string(style.name) + "\n" + from_style + "\n" + from_jinja).c_str());
                }
            }
        }
    }

    void templates_are_recognised_by_what_they_render_data() {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("name");
        QTest::newRow("zephyr, other white space")
            << "{%- for m in messages %}{{- '<|' ~ m.role ~ '|>\\n' ~ m.content ~ eos_token ~ '\\n' }}{%- endfor %}"
               "{%- if add_generation_prompt %}{{- '<|assistant|>\\n' }}{%- endif %}"
            << "zephyr";
        QTest::newRow("chatml, with a default")
            << "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}"
               "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{{ '' }}{% endfor %}"
               "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
            << "chatml";
        QTest::newRow("llama3, bos at the first message")
            << "{% for m in messages %}{% set text = '<|start_header_id|>' + m['role'] + '<|end_header_id|>\\n\\n' + "
               "m['content'] | trim + '<|eot_id|>' %}{% if loop.first %}{% set text = bos_token + text %}{% endif %}"
               "{{ text }}{% endfor %}{% if add_generation_prompt %}{{ "
               "'<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
            << "llama3";
        QTest::newRow("mistral, no space inside")
            << "{% if messages[0].role == 'system' %}{% set s = messages[0].content %}{% set rest = messages[1:] %}"
               "{% else %}{% set rest = messages %}{% endif %}{{ bos_token }}{% for m in rest %}"
               "{% if m.role == 'user' %}[INST]{% if loop.last and s is defined %}{{ s + '\\n\\n' }}{% endif %}{{ "
               "m.content }}[/INST]"
               "{% else %}{{ m.content + eos_token }}{% endif %}{% endfor %}"
            << "mistral-tekken";
        QTest::newRow("mistral, first form")
            << "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}"
               "{% elif m.role == 'assistant' %}{{ m.content + eos_token + ' ' }}{% else %}{{ raise_exception('no') "
               "}}{% endif %}{% endfor %}"
            << "mistral-v0.1";
    }
    void templates_are_recognised_by_what_they_render() {
        QFETCH(QString, source);
        QFETCH(QString, name);
        TemporaryFolder folder;
        write_file(folder.path() / "chat_template.jinja", source.toStdString());
        QCOMPARE(QString::fromStdString(ChatTemplate::recognise(folder.path()).name()), name);
        const json several = {
            {"chat_template", json::array({{{"name", "tool_use"}, {"template", "x"}},
                                           {{"name", "default"}, {"template", source.toStdString()}}})}};
        TemporaryFolder listed;
        write_file(listed.path() / "tokenizer_config.json", several.dump());
        QCOMPARE(QString::fromStdString(ChatTemplate::recognise(listed.path()).name()), name);
    }

    void masks_cover_the_assistants_tokens_of_real_tokenizers_data() {
        QTest::addColumn<bool>("llama3");
        QTest::newRow("llama2") << false;
        QTest::newRow("llama3") << true;
    }
    void masks_cover_the_assistants_tokens_of_real_tokenizers() {
        QFETCH(bool, llama3);
        const auto folder = shared_data() / "tokenizers";
        if (!std::filesystem::exists(folder)) QSKIP("shared/data/tokenizers is absent");
        const auto tokenizer = parse_json_tokenizer(
            llama3 ? llama3_tokenizer() : llama2_tokenizer(folder / "llama2" / "tokenizer.model"), "real");
        const auto rendered = ChatTemplate::named(llama3 ? "llama3" : "llama2").render(*tokenizer, kTalk, false);
        QCOMPARE(rendered.ids.front(), *tokenizer->begin_token());
        std::vector<TokenId> learned;
        for (std::size_t i = 0; i < rendered.ids.size(); ++i) {
            if (rendered.loss_mask[i]) learned.push_back(rendered.ids[i]);
        }
        const std::string text = tokenizer->decode(learned, true);
        if (llama3) QCOMPARE(text, std::string("Hello<|eot_id|>Ciao<|eot_id|>"));
        if (!llama3) QVERIFY2(text.find("Hello") == 0 && text.ends_with("Ciao </s>"), text.c_str());
    }

    void a_template_beyond_the_language_is_refused_with_the_closest_name() {
        TemporaryFolder folder;
        write_file(folder.path() / "chat_template.jinja",
                   "{% macro f(x) %}<|im_start|>{{ x }}<|im_end|>{% endmacro %}{{ f(1) }}");
        try {
            ChatTemplate::recognise(folder.path());
            QFAIL("accepted");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::Mismatch);
            QVERIFY(QString::fromStdString(error.what()).contains("macro"));
            QVERIFY(QString::fromStdString(error.hint()).contains("--template chatml"));
        }
    }

    void turns_out_of_order_are_refused_where_the_model_needs_turns() {
        const std::vector<ChatMessage> twice = {{"user", "a"}, {"user", "b"}};
        for (const char* name : {"llama2", "mistral-v1", "mistral-v3"}) {
            QVERIFY_EXCEPTION_THROWN(ChatTemplate::named(name).render(ByteTokenizer(), twice, false), Error);
        }
        QVERIFY_EXCEPTION_THROWN(ChatTemplate::named("mistral-v0.2").render(ByteTokenizer(), kTalk, false), Error);
    }

    void an_unknown_template_is_refused_with_the_closest_name_and_the_flag() {
        TemporaryFolder folder;
        const json config = {{"chat_template", "{{ '<|im_start|>' + messages[0]['content'] }}"}};
        write_file(folder.path() / "tokenizer_config.json", config.dump());
        try {
            ChatTemplate::recognise(folder.path());
            QFAIL("accepted");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::Mismatch);
            QVERIFY(QString::fromStdString(error.hint()).contains("--template chatml"));
        }
    }
};

QTEST_GUILESS_MAIN(TstChatTemplate)
#include "tst_chat_template.moc"
