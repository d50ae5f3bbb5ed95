// Declarations of the common options.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/options.h"

#include <cstdio>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/platform.h"

namespace molt::app {

void add_output_options(CLI::App& command, CommonOptions& options) {
    command.add_flag("--json", options.json, "Print JSON on stdout");
    command.add_flag_function(
        "--quiet",
        [&options](std::int64_t) {
            options.quiet = true;
            log::set_level(log::Level::Error);
        },
        "Print errors only");
}

void add_dtype_option(CLI::App& command, CommonOptions& options) {
    command
        .add_option("--dtype", options.dtype,
                    "Arithmetic: float32 | bfloat16 | float16 | float64; auto: float32, or float64 as stored")
        ->check(CLI::IsMember({"auto", "float32", "bfloat16", "float16", "float64"}))
        ->capture_default_str();
}

void add_model_options(CLI::App& command, CommonOptions& options) {
    command.add_option("--device", options.device, "auto | cpu | cuda[:N]")->capture_default_str();
    add_dtype_option(command, options);
    command.add_option("--threads", options.threads, "CPU threads; 0: all cores")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    command.add_option("--tokenizer", options.tokenizer, "Tokenizer file or folder, if it is not beside the model");
}

void add_database_option(CLI::App& command, CommonOptions& options) {
    command.add_option("--db", options.db, "Experiment database (default: $MOLT_DB, else the user's data folder)");
}

std::filesystem::path database_path(const CommonOptions& options) {
    const std::filesystem::path path = options.db.empty() ? default_database_path() : std::filesystem::path(options.db);
    const std::filesystem::path absolute = std::filesystem::absolute(path);
    if (options.db.empty()) std::filesystem::create_directories(absolute.parent_path());
    return absolute;
}

void fail_output() {
    fail(ErrorCode::WriteFailed, "Standard output takes no more.", "Check the pipe or the disk that it goes to.");
}

void print_json(const json& document) {
    // Ids decode to any bytes; JSON must stay UTF-8.
    const std::string text = document.dump(-1, ' ', false, json::error_handler_t::replace);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fputc('\n', stdout);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) fail_output();
}

}  // namespace molt::app
