// Options that many commands share, and the table of commands.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/base/json.h"

namespace molt::app {

/// Which of the common options a command takes.
struct CommonOptions {
    bool json = false, quiet = false;
    std::string device = "auto", dtype = "auto", tokenizer, chat_template;
    std::int64_t threads = 0;
    std::string db;
};

/// Adds --json and --quiet.
void add_output_options(CLI::App& command, CommonOptions& options);
void add_dtype_option(CLI::App& command, CommonOptions& options);
/// Adds --device, --dtype, --threads, --tokenizer.
void add_model_options(CLI::App& command, CommonOptions& options);
void add_database_option(CLI::App& command, CommonOptions& options);
std::filesystem::path database_path(const CommonOptions& options);

/// What a command line asks for: set by the callback of the chosen subcommand, run after parsing. Returns the exit
/// status.
struct Program {
    CLI::App cli{"Molt turns a Transformer into a Mamba hybrid: convert, distil, compare, chat."};
    std::function<int()> action;
    bool json_errors = false;  ///< the chosen command was called with --json

    /// Declares a subcommand whose options live in `options` (kept alive by the callback).
    template <class Options>
    CLI::App* command(const std::string& name, const std::string& help, std::shared_ptr<Options> options,
                      std::function<int(Options&)> run) {
        CLI::App* made = cli.add_subcommand(name, help);
        made->callback([this, options, run = std::move(run)] {
            json_errors = options->common.json;
            action = [options, run] { return run(*options); };
        });
        return made;
    }
};

/// Throws Error(WriteFailed): stdout does not take what is printed.
[[noreturn]] void fail_output();
/// One JSON document on stdout. Throws Error(WriteFailed).
void print_json(const json& document);

// One function a command; each is in commands/NAME.cpp.
void add_describe(Program& program);
void add_convert(Program& program);
void add_export(Program& program);
void add_tokenize(Program& program);
void add_logits(Program& program);
void add_generate(Program& program);
void add_chat(Program& program);
void add_train(Program& program);
void add_run(Program& program);
void add_runs(Program& program);
void add_recipe(Program& program);
void add_demo(Program& program);
void add_db(Program& program);
void add_query(Program& program);

}  // namespace molt::app
