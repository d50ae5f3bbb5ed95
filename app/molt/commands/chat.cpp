// molt chat: talk to a model in the terminal, or serve the workbench as its worker.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>
#include <csignal>
#include <cstdio>
#include <iostream>

#include "app/molt/chat_server.h"
#include "app/molt/chat_session.h"
#include "app/molt/options.h"
#include "app/molt/sampling_options.h"
#include "core/base/error.h"
#include "core/base/text.h"

namespace molt::app {

namespace {

struct Options {
    CommonOptions common;
    SamplingParams sampling;
    std::string model, system;
    bool worker = false;
};

std::atomic<bool> g_interrupted{false};

void on_interrupt(int) { g_interrupted = true; }

/// Ctrl-C ends the reply while this lives, not the program.
class InterruptGuard {
public:
    InterruptGuard() : before_(std::signal(SIGINT, on_interrupt)) { g_interrupted = false; }
    ~InterruptGuard() { std::signal(SIGINT, before_); }
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

private:
    void (*before_)(int);
};

void print_stats(const GenerationResult& result) {
    std::fprintf(stderr, "%zu tokens, %.0f tokens/s, first token after %.0f ms, prompt %lld tokens (%lld reused)\n",
                 result.ids.size(), result.tokens_per_second, result.time_to_first_token_ms,
                 static_cast<long long>(result.prompt_tokens), static_cast<long long>(result.reused_tokens));
}

int talk(const Options& options) {
    ChatSession session(options.model, options.common);
    std::vector<ChatMessage> messages;
    const auto reset = [&] {
        messages.clear();
        if (!options.system.empty()) messages.push_back({"system", options.system});
    };
    reset();
    std::fprintf(stderr,
                 "%s, template %s. /reset starts anew, /stats shows the last reply's numbers, /quit or Ctrl-D ends, "
                 "Ctrl-C stops a reply.\n",
                 options.model.c_str(), session.chat_template().name().c_str());
    GenerationResult last;
    for (std::string line; std::cout << "> " << std::flush, std::getline(std::cin, line);) {
        const std::string text = to_valid_utf8(trim(line));
        if (text.empty()) continue;
        if (text == "/quit") break;
        if (text == "/reset") {
            reset();
        } else if (text == "/stats") {
            print_stats(last);
        } else if (text.starts_with('/')) {
            std::fprintf(stderr, "Unknown command %s; there are /reset, /stats and /quit.\n", text.c_str());
        } else {
            messages.push_back({"user", text});
            const InterruptGuard guard;
            GenerationHooks hooks;
            hooks.on_prompt_progress = [](std::int64_t, std::int64_t) { return !g_interrupted.load(); };
            hooks.on_delta = [](std::string_view delta, const DecodeStep&) {
                std::cout << delta << std::flush;
                return !g_interrupted.load();
            };
            try {
                last = session.reply(messages, options.sampling, hooks);
                std::cout << std::endl;
                messages.push_back({"assistant", last.text});
            } catch (const Error& error) {
                // A conversation that outgrew the context goes on after /reset.
                messages.pop_back();
                std::fprintf(stderr, "error: %s\nhint: %s\n", error.what(), error.hint().c_str());
            }
        }
    }
    std::cout << std::endl;
    return 0;
}

int run(Options& options) {
    if (options.worker) return serve_chat(options.common);
    if (options.model.empty()) fail(ErrorCode::Usage, "Give a model to talk to.", "molt chat MODEL");
    return talk(options);
}

}  // namespace

void add_chat(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.command<Options>("chat", "Talk to a model in the terminal", options, run);
    command->add_option("MODEL", options->model, "Model");
    command->add_flag("--worker", options->worker, "Serve JSON lines on stdin and stdout (what the workbench starts)");
    command->add_option("--system", options->system, "System message");
    command->add_option("--template", options->common.chat_template,
                        "Chat template by name instead of the recognised one");
    add_sampling_options(*command, options->sampling);
    add_model_options(*command, options->common);
    add_output_options(*command, options->common);
}

}  // namespace molt::app
