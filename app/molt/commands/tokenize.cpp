// molt tokenize: text to ids, ids to text, conversations to a prompt with its loss mask.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>
#include <iostream>

#include "app/molt/models.h"
#include "app/molt/options.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/log.h"
#include "core/base/text.h"

namespace molt::app {

namespace {

struct Options {
    CommonOptions common;
    std::string model, text, file, chat;
    bool no_special = false, decode = false, keep_special = false, generation_prompt = false;
};

std::vector<std::string> input_lines(const Options& options) {
    std::string bytes = options.text;
    if (!options.file.empty() && options.file != "-") bytes = read_file(options.file);
    if (options.file == "-") bytes.assign(std::istreambuf_iterator<char>(std::cin), {});
    if (options.file.empty()) return {bytes};
    if (bytes.ends_with('\n')) bytes.pop_back();
    return split(bytes, '\n');
}

std::vector<TokenId> ids_of_line(const std::string& line) {
    if (!trim(line).starts_with('{')) return trim(line).empty() ? std::vector<TokenId>{} : parse_ids(line);
    const json document = parse_json(line, "input");
    if (!document.contains("ids") || !document.at("ids").is_array())
        fail(ErrorCode::BadFile, "input: expected {\"ids\": [...]}.");
    std::vector<TokenId> ids;
    for (const json& id : document.at("ids")) {
        if (!id.is_number_integer()) fail(ErrorCode::BadFile, "input: \"ids\" should hold whole numbers.");
        ids.push_back(id.get<TokenId>());
    }
    return ids;
}

json encoded(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
    json pieces = json::array();
    for (const TokenId id : ids) pieces.push_back(to_valid_utf8(tokenizer.piece(id)));
    return {{"ids", ids}, {"pieces", std::move(pieces)}};
}

void print_ids(const Options& options, const json& line) {
    if (options.common.json) return print_json(line);
    std::string ids;
    for (const json& id : line.at("ids")) ids += (ids.empty() ? "" : ",") + std::to_string(id.get<TokenId>());
    std::cout << ids << "\n";
}

int render_chat(const Options& options, const Tokenizer& tokenizer) {
    const ChatTemplate chat = chat_template_of(options.model, options.common);
    const RenderedChat rendered = chat.render(tokenizer, read_chat_file(options.chat), options.generation_prompt);
    json mask = json::array();
    for (const bool counts : rendered.loss_mask) mask.push_back(counts ? 1 : 0);
    if (options.common.json)
        print_json({{"template", chat.name()},
                    {"text", rendered.text},
                    {"ids", rendered.ids},
                    {"loss_mask", std::move(mask)}});
    else
        std::cout << rendered.text;
    return 0;
}

/// MODEL may be a tokenizer file alone; a llama2.c model is a .bin file too, but does not read as a tokenizer.
std::shared_ptr<const Tokenizer> tokenizer_of(const Options& options) {
    if (options.common.tokenizer.empty() && std::filesystem::is_regular_file(options.model)) {
        try {
            return Tokenizer::load(options.model);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::BadFile || !options.model.ends_with(".bin")) throw;
        }
    }
    return Tokenizer::load(find_tokenizer(options.model, options.common.tokenizer));
}

int run(Options& options) {
    const auto tokenizer = tokenizer_of(options);
    if (!options.chat.empty()) return render_chat(options, *tokenizer);
    for (std::string line : input_lines(options)) {
        if (options.decode) {
            const std::string text = to_valid_utf8(tokenizer->decode(ids_of_line(line), options.keep_special));
            if (options.common.json)
                print_json({{"text", text}});
            else
                std::cout << text << "\n";
            continue;
        }
        bool replaced = false;
        line = to_valid_utf8(line, &replaced);
        if (replaced) log::warn("tokenize", "bytes that are not UTF-8 were replaced by U+FFFD");
        print_ids(options, encoded(*tokenizer, tokenizer->encode(line, !options.no_special)));
    }
    return 0;
}

}  // namespace

void add_tokenize(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.command<Options>("tokenize", "Turn text into token ids, and back", options, run);
    command->add_option("MODEL", options->model, "Model or tokenizer file")->required();
    auto* text = command->add_option("--text", options->text, "Text to encode");
    auto* file =
        command->add_option("--file,INPUT", options->file, "File to read line by line; - reads standard input");
    auto* chat =
        command->add_option("--chat", options->chat, "JSON file with messages to render with the chat template");
    text->excludes(file)->excludes(chat);
    file->excludes(chat);
    command->add_flag("--no-special", options->no_special, "Leave out the begin mark");
    command->add_flag("--decode", options->decode, "Input lines are ids; print text");
    command->add_flag("--keep-special", options->keep_special, "With --decode: print special tokens too");
    command->add_flag("--generation-prompt", options->generation_prompt, "With --chat: end with the assistant's mark");
    command->add_option("--template", options->common.chat_template,
                        "Chat template by name instead of the recognised one");
    command->add_option("--tokenizer", options->common.tokenizer,
                        "Tokenizer file or folder, if it is not beside the model");
    add_output_options(*command, options->common);
}

}  // namespace molt::app
