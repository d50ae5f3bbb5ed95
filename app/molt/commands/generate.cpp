// molt generate: a prompt goes on, greedy or sampled, one reply or a batch of them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decode/generate.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <numeric>

#include "app/molt/models.h"
#include "app/molt/options.h"
#include "app/molt/sampling_options.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/decode/sampler.h"

namespace molt::app {

namespace {

struct Options {
    CommonOptions common;
    SamplingParams sampling;
    std::string model, prompt, prompt_ids, chat;
    bool has_prompt = false;
    std::int64_t batch = 1, logprobs = 0;
};

struct Prompt {
    std::vector<TokenId> ids, end_tokens;
};

Prompt make_prompt(const Options& options, const LoadedModel& loaded) {
    Prompt prompt{{}, loaded.end_tokens};
    const int given = int(options.has_prompt) + int(!options.prompt_ids.empty()) + int(!options.chat.empty());
    if (given != 1) fail(ErrorCode::Usage, "Give one of --prompt, --prompt-ids and --chat.");
    if (options.has_prompt) prompt.ids = loaded.tokenizer->encode(to_valid_utf8(options.prompt), true);
    if (!options.prompt_ids.empty()) prompt.ids = parse_ids(options.prompt_ids);
    if (!options.chat.empty()) {
        const ChatTemplate chat = chat_template_of(options.model, options.common);
        prompt.ids = chat.render(*loaded.tokenizer, read_chat_file(options.chat), true).ids;
        for (const std::string& text : chat.stop_texts())
            if (const auto id = loaded.tokenizer->find(text)) prompt.end_tokens.push_back(*id);
    }
    return prompt;
}

json logprobs_of(const GenerationResult& result, std::int64_t count) {
    json list = json::array();
    for (std::size_t i = 0; i < result.ids.size() && i < result.logits.size(); ++i) {
        const std::vector<double> logs = log_probabilities(result.logits[i]);
        std::vector<TokenId> order(logs.size());
        std::iota(order.begin(), order.end(), TokenId{0});
        const auto top = std::min<std::size_t>(static_cast<std::size_t>(count), order.size());
        std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(top), order.end(),
                          [&](TokenId a, TokenId b) {
                              return logs[static_cast<std::size_t>(a)] != logs[static_cast<std::size_t>(b)]
                                         ? logs[static_cast<std::size_t>(a)] > logs[static_cast<std::size_t>(b)]
                                         : a < b;
                          });
        json best = json::array();
        for (std::size_t k = 0; k < top; ++k)
            best.push_back({{"id", order[k]}, {"logprob", logs[static_cast<std::size_t>(order[k])]}});
        const TokenId id = result.ids[i];
        list.push_back({{"id", id}, {"logprob", logs[static_cast<std::size_t>(id)]}, {"top", std::move(best)}});
    }
    return list;
}

json result_json(const GenerationResult& result, std::int64_t logprobs) {
    json out = {{"ids", result.ids},
                {"text", result.text},
                {"finish_reason", result.finish_reason},
                {"prompt_tokens", result.prompt_tokens},
                {"prefill_ms", result.prefill_ms},
                {"decode_ms", result.decode_ms},
                {"tokens_per_second", result.tokens_per_second},
                {"time_to_first_token_ms", result.time_to_first_token_ms},
                {"speculation", nullptr},
                {"lossless", nullptr}};
    if (logprobs > 0) out["logprobs"] = logprobs_of(result, logprobs);
    return out;
}

int run_batch(const Options& options, const LoadedModel& loaded, const Prompt& prompt) {
    const BatchRequest request{prompt.ids, prompt.end_tokens, options.sampling, options.batch, options.logprobs > 0};
    const std::vector<GenerationResult> results = generate_batch(*loaded.model, loaded.tokenizer, request);
    if (!options.common.json) {
        for (std::size_t i = 0; i < results.size(); ++i) std::cout << "--- " << i << "\n" << results[i].text << "\n";
        return 0;
    }
    json rows = json::array();
    for (const GenerationResult& result : results) rows.push_back(result_json(result, options.logprobs));
    print_json({{"rows", std::move(rows)}});
    return 0;
}

/// Ids can go on without a tokenizer; text can not.
LoadedModel load(const Options& options) {
    if (!options.prompt_ids.empty() && options.common.tokenizer.empty()) {
        try {
            find_tokenizer(options.model, {});
        } catch (const Error& error) {
            if (error.code() != ErrorCode::NotFound) throw;
            return load_model(options.model, options.common, false);
        }
    }
    return load_model(options.model, options.common, true);
}

int run(Options& options) {
    const LoadedModel loaded = load(options);
    const Prompt prompt = make_prompt(options, loaded);
    if (options.batch > 1) return run_batch(options, loaded, prompt);
    const std::unique_ptr<Decoder> decoder = make_plain_decoder(loaded.model);
    decoder->record_logits(options.logprobs > 0);
    GenerationHooks hooks;
    if (!options.common.json) {
        if (options.has_prompt) std::cout << options.prompt;
        hooks.on_delta = [](std::string_view text, const DecodeStep&) {
            std::cout << text << std::flush;
            return true;
        };
    }
    const GenerationResult result =
        generate(*decoder, loaded.tokenizer, prompt.ids, options.sampling, prompt.end_tokens, hooks);
    if (options.common.json) {
        print_json(result_json(result, options.logprobs));
    } else {
        if (!loaded.tokenizer) std::cout << json(result.ids).dump();
        std::cout << std::endl;
        std::fprintf(stderr, "%zu tokens (%s), %.0f tokens/s, first token after %.0f ms\n", result.ids.size(),
                     result.finish_reason.c_str(), result.tokens_per_second, result.time_to_first_token_ms);
    }
    return 0;
}

}  // namespace

void add_generate(Program& program) {
    auto options = std::make_shared<Options>();
    options->sampling.temperature = 0;
    CLI::App* command = program.command<Options>("generate", "Let a model go on from a prompt", options, run);
    command->add_option("MODEL", options->model, "Model")->required();
    command->add_option_function<std::string>(
        "--prompt",
        [options](const std::string& text) {
            options->prompt = text;
            options->has_prompt = true;
        },
        "Text to go on from");
    command->add_option("--prompt-ids", options->prompt_ids, "Token ids to go on from, as in 1,306,525");
    command->add_option("--chat", options->chat, "JSON file with messages to answer");
    command->add_option("--batch", options->batch, "Continuations decoded together; row i takes seed + i")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command->add_option("--logprobs", options->logprobs, "Add the log-probabilities of each token and of the N best")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
    command->add_option("--template", options->common.chat_template,
                        "Chat template by name instead of the recognised one");
    add_sampling_options(*command, options->sampling);
    add_model_options(*command, options->common);
    add_output_options(*command, options->common);
}

}  // namespace molt::app
