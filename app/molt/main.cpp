// molt: the command line. Declares every command, runs the chosen one, turns any exception into an error line and an
// exit status. SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "app/molt/options.h"
#include "app/molt/version.h"
#include "core/base/descriptors.h"
#include "core/base/error.h"
#include "core/base/text.h"

namespace {

using namespace molt;
using namespace molt::app;

int report(const Failure& failure, bool as_json) {
    std::fprintf(stderr, "error: %s\n", failure.message.c_str());
    std::fprintf(stderr, "hint: %s\n", failure.hint.c_str());
    if (as_json) {
        // Not print_json(): standard output may be what failed.
        const json document = {
            {"error", {{"code", code_name(failure.code)}, {"message", failure.message}, {"hint", failure.hint}}}};
        std::printf("%s\n", document.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
        std::fflush(stdout);
    }
    return static_cast<int>(failure.code);
}

bool wants_json(int argc, char** argv) {
    for (int i = 1; i < argc; ++i)
        if (std::strcmp(argv[i], "--json") == 0) return true;
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    occupy_standard_descriptors();
    // A closed pipe is an error of the write, not the end of a run.
    std::signal(SIGPIPE, SIG_IGN);
    // As on a full disk: a write beyond the limit fails with an error that is reported.
    std::signal(SIGXFSZ, SIG_IGN);
    Program program;
    program.cli.name("molt");
    program.cli.set_version_flag("--version", version_text(), "Print version, LibTorch, CUDA build and device");
    program.cli.require_subcommand(1);
    program.cli.failure_message([](const CLI::App*, const CLI::Error& error) { return std::string(error.what()); });
    add_describe(program);
    add_convert(program);
    add_export(program);
    add_tokenize(program);
    add_logits(program);
    add_generate(program);
    add_chat(program);
    add_train(program);
    add_run(program);
    add_runs(program);
    add_recipe(program);
    add_demo(program);
    add_db(program);
    add_query(program);
    try {
        program.cli.parse(argc, argv);
    } catch (const CLI::Success& done) {
        return program.cli.exit(done);
    } catch (const CLI::ParseError& error) {
        return report({ErrorCode::Usage, error.what(), "See molt --help, or molt COMMAND --help."},
                      wants_json(argc, argv));
    }
    try {
        const int status = program.action();
        if (!std::cout.flush()) fail_output();
        return status;
    } catch (...) {
        return report(describe_current_exception(), program.json_errors);
    }
}
