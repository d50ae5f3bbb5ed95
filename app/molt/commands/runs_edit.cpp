// molt runs, the verbs that change what is stored: note, tag, delete, clone, fork, export, import.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <iostream>

#include "app/molt/commands/runs.h"
#include "app/molt/launch.h"
#include "app/molt/run_copies.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/spec/recipe.h"

namespace molt::app {

namespace {

void print_id(const RunsOptions& options, RunId id) {
    if (options.common.json)
        print_json({{"id", id}});
    else
        std::cout << id << "\n";
}

int remove(RunsOptions& options) {
    ExperimentStore store(database_path(options.common));
    row_of(store, options.id);
    const std::filesystem::path folder = store.run_folder(options.id);
    store.delete_run(options.id);
    if (options.files) std::filesystem::remove_all(folder);
    if (options.common.json) print_json({{"id", options.id}, {"deleted", true}});
    return 0;
}

int note(RunsOptions& options) {
    ExperimentStore store(database_path(options.common));
    row_of(store, options.id);
    store.set_note(options.id, to_valid_utf8(options.text));
    if (options.common.json) print_json({{"id", options.id}, {"note", row_of(store, options.id).note}});
    return 0;
}

int tag(RunsOptions& options) {
    ExperimentStore store(database_path(options.common));
    row_of(store, options.id);
    for (const std::string& word : options.words) {
        const std::string name(trim(to_valid_utf8(word)));
        if (name.empty()) fail(ErrorCode::Usage, "A tag has at least one letter.", "As in: molt runs tag 3 paper");
        if (options.take_away)
            store.remove_tag(options.id, name);
        else
            store.add_tag(options.id, name);
    }
    const std::vector<std::string> tags = store.tags(options.id);
    if (options.common.json)
        print_json({{"id", options.id}, {"tags", tags}});
    else
        std::cout << join_list(tags, " ") << "\n";
    return 0;
}

/// The run's recipe with the changes of --set. Its output folder belongs to the run that it comes from.
RunConfig changed_recipe(const RunRow& row, const RunsOptions& options) {
    const std::string origin = join("run ", row.id);
    RunConfig config = recipe_from_json(parse_json(row.config, origin), origin);
    config.out.clear();
    for (const std::string& item : options.words) apply_override(config, item);
    resolve_paths(config, std::filesystem::current_path());
    config.validate();
    return config;
}

/// Starts a run that was just made, as molt train does.
int start(const RunsOptions& options, const std::filesystem::path& database, RunId id) {
    const Attached how{.json = options.common.json, .quiet = options.common.quiet, .created = true};
    if (!options.detach) return run_attached(database, id, how);
    start_detached(database, id);
    print_id(options, id);
    return 0;
}

int clone(RunsOptions& options) {
    const std::filesystem::path database = database_path(options.common);
    RunId id = 0;
    {
        ExperimentStore store(database);
        const RunConfig config = changed_recipe(row_of(store, options.id), options);
        id = store.create_run(config.name, recipe_to_json(config).dump(), options.id);
    }
    return start(options, database, id);
}

int fork(RunsOptions& options) {
    const std::filesystem::path database = database_path(options.common);
    RunId id = 0;
    {
        ExperimentStore store(database);
        const RunRow parent = row_of(store, options.id);
        id = fork_run(store, parent, changed_recipe(parent, options), options.step);
    }
    return start(options, database, id);
}

int write_archive(RunsOptions& options) {
    const ExperimentStore store(database_path(options.common));
    export_run(store, row_of(store, options.id), options.path, options.overwrite);
    if (options.common.json)
        print_json({{"id", options.id}, {"path", options.path}});
    else
        std::cout << options.path << "\n";
    return 0;
}

int read_archive(RunsOptions& options) {
    ExperimentStore store(database_path(options.common));
    print_id(options, import_run(store, options.path));
    return 0;
}

void add_import(CLI::App& runs, Program& program, const std::shared_ptr<RunsOptions>& options) {
    CLI::App* command = runs.add_subcommand("import", "A run from a folder that export wrote; prints its new number");
    command->callback([&program, options] {
        program.json_errors = options->common.json;
        program.action = [options] { return read_archive(*options); };
    });
    command->add_option("FOLDER", options->path, "Folder that export wrote")->required();
    add_database_option(*command, options->common);
    add_output_options(*command, options->common);
}

}  // namespace

void add_runs_edit(CLI::App& runs, Program& program, const std::shared_ptr<RunsOptions>& options) {
    const auto add = [&](const char* name, const char* help, std::function<int(RunsOptions&)> run) {
        return add_runs_verb(runs, program, options, {name, help, std::move(run)});
    };
    add("note", "Keep a text with a run", note)->add_option("TEXT", options->text, "The note")->required();
    CLI::App* tagging = add("tag", "Add words by which runs are grouped", tag);
    tagging->add_option("TAG", options->words, "Tags")->required();
    tagging->add_flag("--remove", options->take_away, "Remove these tags");
    add("delete", "Remove a run from the database", remove)
        ->add_flag("--files", options->files, "Remove its folder too");
    CLI::App* copy = add("clone", "Start a new run with the same recipe", clone);
    CLI::App* branch = add("fork", "Start a new run from a checkpoint of this one", fork);
    branch->add_option("--from", options->step, "Step of the checkpoint (default: the newest)")
        ->check(CLI::NonNegativeNumber);
    for (CLI::App* command : {copy, branch}) {
        command->add_option("--set", options->words, "KEY=VALUE: replace a value of the recipe")
            ->allow_extra_args(false);
        command->add_flag("--detach", options->detach, "In a worker of its own");
    }
    CLI::App* archive = add("export", "Write a run into a folder of its own", write_archive);
    archive->add_option("OUT", options->path, "Folder to write")->required();
    archive->add_flag("--overwrite", options->overwrite, "Replace OUT");
    add_import(runs, program, options);
}

}  // namespace molt::app
