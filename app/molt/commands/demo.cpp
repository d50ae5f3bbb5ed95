// molt demo: the whole story in the terminal without a download; and the pieces from which the demo's teacher was made.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>
#include <iostream>

#include "app/molt/chat_session.h"
#include "app/molt/launch.h"
#include "app/molt/options.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"
#include "core/data/demo_language.h"
#include "core/spec/recipe.h"
#include "core/store/experiment_store.h"
#include "core/text/sentencepiece_training.h"

namespace molt::app {

namespace {

struct Options {
    CommonOptions common;
    std::string write_data, write_tokenizer;
    std::uint64_t seed = 1;
    std::int64_t count = 1000;
};

constexpr std::int64_t kTokenizerDialogues = 4000;
constexpr std::uint64_t kTokenizerSeed = 11;

void write_data(const Options& options) {
    std::string lines;
    for (const auto& dialogue : demo_dialogues(options.seed, options.count))
        lines += demo_dialogue_json(dialogue) + "\n";
    write_file(options.write_data, lines);
}

/// tokenizer.model and a tokenizer_config.json with Zephyr's template, into a folder.
void write_tokenizer(const std::string& folder) {
    std::vector<std::string> texts;
    for (const auto& dialogue : demo_dialogues(kTokenizerSeed, kTokenizerDialogues))
        for (const ChatMessage& message : dialogue) texts.push_back(message.content);
    const std::vector<std::string> marks = {"<|system|>", "<|user|>", "<|assistant|>"};
    std::filesystem::create_directories(folder);
    write_file(std::filesystem::path(folder) / "tokenizer.model",
               train_sentencepiece(texts, {.vocab_size = 640, .marks = marks}));
    const json config = {{"tokenizer_class", "LlamaTokenizer"},
                         {"legacy", false},
                         {"add_bos_token", true},
                         {"add_eos_token", false},
                         {"bos_token", "<s>"},
                         {"eos_token", "</s>"},
                         {"unk_token", "<unk>"},
                         {"chat_template", ChatTemplate::named("zephyr").jinja()}};
    write_file(std::filesystem::path(folder) / "tokenizer_config.json", config.dump(2) + "\n");
}

void converse(const std::string& title, const std::string& model, const CommonOptions& options) {
    std::cout << "\n" << title << " (" << model << ")\n";
    ChatSession session(model, options);
    SamplingParams greedy;
    greedy.temperature = 0;
    greedy.max_tokens = 40;
    std::vector<ChatMessage> messages;
    for (const char* question : {"Anna has a red kite. Ben lives in Oslo.", "Kate likes chess.", "What does Anna have?",
                                 "Where does Ben live?"}) {
        messages.push_back({"user", question});
        std::cout << "  > " << question << "\n  ";
        const GenerationHooks hooks{.on_delta =
                                        [](std::string_view text, const DecodeStep&) {
                                            std::cout << text << std::flush;
                                            return true;
                                        },
                                    .on_prompt_progress = {}};
        const GenerationResult result = session.reply(messages, greedy, hooks);
        std::cout << "   [" << static_cast<int>(result.tokens_per_second) << " tokens/s]\n";
        messages.push_back({"assistant", result.text});
    }
}

int run(Options& options) {
    if (!options.write_data.empty()) write_data(options);
    if (!options.write_tokenizer.empty()) write_tokenizer(options.write_tokenizer);
    if (!options.write_data.empty() || !options.write_tokenizer.empty()) return 0;

    const RunConfig config = load_preset("tiny-demo");
    const std::filesystem::path database = database_path(options.common);
    RunId id = 0;
    {
        ExperimentStore store(database);
        id = store.create_run(config.name, recipe_to_json(config).dump());
    }
    std::cout << "A small teacher becomes a hybrid: half of its attention layers turn into Mamba-2 (run " << id
              << ").\n";
    const int status = run_attached(database, id, {.quiet = options.common.quiet, .created = true});
    if (status != 0) return status;
    const std::string hybrid = (ExperimentStore(database).run_folder(id) / "final").string();
    converse("Teacher", config.teacher, options.common);
    converse("Hybrid", hybrid, options.common);
    std::cout << "\nTalk to it: molt chat " << hybrid << "\n";
    return 0;
}

}  // namespace

void add_demo(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        program.command<Options>("demo", "Distil the tiny demo and let teacher and hybrid answer", options, run);
    command->add_option("--write-data", options->write_data,
                        "Only write dialogues of the demo's language to this JSONL file");
    command->add_option("--write-tokenizer", options->write_tokenizer,
                        "Only make the demo's tokenizer, in this folder");
    command->add_option("--count", options->count, "With --write-data: dialogues")
        ->check(CLI::Range(1, 10000000))
        ->capture_default_str();
    command->add_option("--seed", options->seed, "With --write-data: start of the generator")->capture_default_str();
    add_database_option(*command, options->common);
    add_output_options(*command, options->common);
}

}  // namespace molt::app
