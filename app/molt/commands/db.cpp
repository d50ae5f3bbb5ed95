// molt db: look after the experiment database.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <iostream>

#include "app/molt/options.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/store/experiment_store.h"

namespace molt::app {

namespace {

struct Options {
    CommonOptions common;
    std::string target;
};

int info(Options& options) {
    const ExperimentStore store(database_path(options.common));
    const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(store.file()));
    const json document = {{"file", store.file().string()},
                           {"bytes", bytes},
                           {"runs", store.runs().size()},
                           {"conversations", store.conversations().size()}};
    if (options.common.json)
        print_json(document);
    else
        std::cout << store.file().string() << "\n" << format_bytes(bytes) << ", " << store.runs().size() << " runs\n";
    return 0;
}

int check(Options& options) {
    const ExperimentStore store(database_path(options.common));
    const std::vector<std::string> problems = store.integrity_problems();
    if (!problems.empty())
        fail(ErrorCode::Database, join("The database is damaged: ", problems.front()),
             "Restore a back-up made with molt db backup.");
    if (options.common.json)
        print_json({{"ok", true}});
    else
        std::cout << "ok\n";
    return 0;
}

int backup(Options& options) {
    const ExperimentStore store(database_path(options.common));
    store.backup(options.target);
    if (options.common.json)
        print_json({{"path", options.target}});
    else
        std::cout << options.target << "\n";
    return 0;
}

}  // namespace

void add_db(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* db = program.cli.add_subcommand("db", "Look after the experiment database");
    db->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& help, int (*run)(Options&)) {
        CLI::App* made = db->add_subcommand(name, help);
        made->callback([&program, options, run] {
            program.json_errors = options->common.json;
            program.action = [options, run] { return run(*options); };
        });
        add_database_option(*made, options->common);
        add_output_options(*made, options->common);
        return made;
    };
    add("info", "Where it is and what it holds", info);
    add("check", "SQLite's integrity check", check);
    add("backup", "Write a consistent copy, also while runs go on", backup)
        ->add_option("FILE", options->target, "File to write")
        ->required();
}

}  // namespace molt::app
