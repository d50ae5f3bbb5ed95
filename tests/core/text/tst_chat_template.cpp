// Built-in chat templates: their text, the tokens that count for the loss, and recognition from tokenizer_config.json.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/text/chat_template.h"

#include <QtTest>

using namespace molt;

namespace {

/// One id a byte; "</s>" is id 256, "<s>" is id 257.
class ByteTokenizer final : public Tokenizer {
public:
    std::vector<TokenId> encode(std::string_view text, bool add_special) const override {
        std::vector<TokenId> ids;
        if (add_special) ids.push_back(257);
        for (std::size_t at = 0; at < text.size();) {
            const bool is_end = text.substr(at, 4) == "</s>";
            ids.push_back(is_end ? 256 : static_cast<unsigned char>(text[at]));
            at += is_end ? 4 : 1;
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

}  // namespace

class TstChatTemplate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void texts_are_those_of_the_models_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("prompt");
        QTest::addColumn<QString>("learned");
        QTest::newRow("plain") << "plain"
                               << "Be kind.\nHi\nHello\nBye\nCiao"
                               << "\n"
                               << "Hello\nCiao";
        QTest::newRow("zephyr") << "zephyr"
                                << "<|system|>\nBe kind.</s>\n<|user|>\nHi</s>\n<|assistant|>\nHello</s>\n"
                                   "<|user|>\nBye</s>\n<|assistant|>\nCiao</s>\n"
                                << "<|assistant|>\n"
                                << "Hello</s>Ciao</s>";
        QTest::newRow("chatml") << "chatml"
                                << "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
                                   "<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n"
                                   "<|im_start|>assistant\nCiao<|im_end|>\n"
                                << "<|im_start|>assistant\n"
                                << "Hello<|im_end|>Ciao<|im_end|>";
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
