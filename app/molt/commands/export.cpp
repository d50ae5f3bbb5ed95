// molt export: a model folder for other programs, in the layout that they read.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/export.h"

#include <iostream>

#include "app/molt/status_line.h"
#include "app/molt/model_folder.h"
#include "app/molt/models.h"
#include "app/molt/options.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/model/hf_config.h"
#include "core/model/lineage.h"

namespace molt::app {

namespace {

namespace fs = std::filesystem;

struct Options {
    CommonOptions common;
    std::string model, out, evaluation;
    ExportOptions how;
    bool overwrite = false;
};

/// The list "results" of a document (cli.md section 6). Throws Error(NotFound), Error(BadFile).
json read_evaluation(const std::string& path) {
    const json document = read_json_file(path);
    if (document.is_object() && document.contains("results") && document.at("results").is_array())
        return document.at("results");
    fail(ErrorCode::BadFile, join(path, ": expected an object with a list \"results\"."),
         "As in: {\"results\": [{\"task\": \"lambada\", \"metric\": \"accuracy\", \"value\": 0.6}]}");
}

/// The base model that a folder's config.json names, empty if none. A path that starts at the folder is resolved, since
/// the export stands elsewhere.
std::string base_of(const fs::path& model) {
    const fs::path config = model / "config.json";
    if (!fs::is_regular_file(config)) return {};
    const std::string name = get_or<std::string>(read_python_json(config), "_name_or_path", "", config.string());
    std::error_code none;
    const fs::path beside = fs::canonical(model / name, none);
    return name.empty() || none || beside == fs::canonical(model, none) ? name : beside.string();
}

/// What the weights travel with: the tokenizer and under which licence.
void copy_companions(const Options& options, const fs::path& folder) {
    copy_tokenizer(options.model, options.common.tokenizer, folder);
    const fs::path model(options.model);
    if (!fs::is_directory(model)) return;
    for (const std::string& name : licence_files(model)) write_file(folder / name, read_file(model / name));
}

json report(const Options& options, const Exported& exported) {
    const std::string& version = exported.minimum_transformers;
    return {{"path", options.out},
            {"layout", options.how.layout},
            {"architecture", exported.architecture},
            {"minimum_transformers", version.empty() ? json(nullptr) : json(version)},
            {"dtype", exported.dtype},
            {"parameters", exported.parameters},
            {"tensor_bytes", exported.tensor_bytes},
            {"files", exported.files},
            {"note", exported.note}};
}

int run(Options& options) {
    check_output_path(options.out, options.overwrite);
    prepare_torch(options.common);
    Checkpoint model = Checkpoint::load_header(options.model);
    if (!options.evaluation.empty()) {
        if (!model.provenance.is_object()) model.provenance = json::object();
        model.provenance["evaluation"] = read_evaluation(options.evaluation);
    }
    ExportOptions& how = options.how;
    how.dtype = options.common.dtype == "auto" ? "stored" : options.common.dtype;
    how.base = base_of(options.model);
    const fs::path generation = fs::path(options.model) / "generation_config.json";
    if (fs::is_regular_file(generation)) how.generation = read_python_json(generation);
    how.origin = options.model;
    how.title = fs::absolute(options.out).lexically_normal().filename().string();
    StatusLine line(stderr, "writing", options.common.quiet || options.common.json);
    how.advance = [&](std::int64_t done, std::int64_t all) { line.show_bytes(done, all); };
    Exported exported;
    publish_folder(options.out, options.overwrite, [&](const fs::path& folder) {
        exported = export_model(model, how, folder);
        copy_companions(options, folder);
    });
    if (options.common.json) {
        print_json(report(options, exported));
    } else {
        std::cout << options.out << "\n";
        if (!options.common.quiet) std::cerr << exported.note << "\n";
    }
    return 0;
}

}  // namespace

void add_export(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        program.command<Options>("export", "Write a model in the layout of another program", options, run);
    command->add_option("MODEL", options->model, "Model to export")->required();
    command->add_option("OUT", options->out, "Folder to write")->required();
    std::string layouts;
    for (const std::string& layout : export_layouts()) layouts += join(layouts.empty() ? "" : " | ", layout);
    command->add_option("--layout", options->how.layout, layouts)
        ->check(CLI::IsMember(export_layouts()))
        ->capture_default_str();
    add_model_options(*command, options->common);
    command->get_option("--dtype")
        ->description("auto (every tensor as stored) | float32 | bfloat16 | float16")
        ->check(CLI::IsMember({"auto", "float32", "bfloat16", "float16"}));
    command
        ->add_option("--shard-bytes", options->how.shard_bytes,
                     "Weights beyond this many bytes go to several files with an index")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 50))
        ->capture_default_str();
    command
        ->add_option(
            "--max-context", options->how.max_context,
            "Tokens that falcon-h1 and granite-hybrid promise; those classes have no sliding window (0: the model's)")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
        ->capture_default_str();
    command->add_option("--evaluation", options->evaluation,
                        "JSON with a list \"results\" of {task, metric, value, ...}, for the model card");
    command->add_flag("--overwrite", options->overwrite, "Replace OUT as a whole");
    add_output_options(*command, options->common);
}

}  // namespace molt::app
