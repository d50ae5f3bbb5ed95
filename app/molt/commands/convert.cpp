// molt convert: a teacher becomes a hybrid, written as a folder of its own.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/convert.h"

#include <iostream>

#include "app/molt/model_folder.h"
#include "app/molt/models.h"
#include "app/molt/options.h"
#include "app/molt/status_line.h"
#include "app/molt/version.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"

namespace molt::app {

namespace {

struct Options {
    CommonOptions common;
    std::string teacher, out, mixer, attention = "0.5", placement = "uniform", init = "copy", kv_repeat;
    std::uint64_t seed = 1;
    bool overwrite = false;
};

/// {"mixers": ["attention", "mamba2", ...]}: a plan from a file. Throws Error(BadFile).
std::vector<MixerKind> plan_from_file(const std::string& path, std::int64_t num_layers) {
    const json document = read_json_file(path);
    if (!document.is_object() || !document.contains("mixers") || !document.at("mixers").is_array())
        fail(ErrorCode::BadFile, join(path, ": expected an object with a list \"mixers\"."));
    std::vector<MixerKind> plan;
    for (const json& item : document.at("mixers")) {
        if (!item.is_string()) fail(ErrorCode::BadFile, join(path, ": \"mixers\" should hold texts."));
        plan.push_back(parse_mixer(item.get<std::string>()));
    }
    if (static_cast<std::int64_t>(plan.size()) != num_layers)
        fail(ErrorCode::Mismatch, join(path, " names ", plan.size(), " layers, the teacher has ", num_layers, "."));
    return plan;
}

int run(Options& options) {
    check_output_path(options.out, options.overwrite);
    prepare_torch(options.common);
    const Checkpoint teacher = load_streaming(options.teacher, options.common);
    const bool quiet = options.common.quiet || options.common.json;
    ConvertOptions how;
    how.init = options.init;
    how.seed = options.seed;
    if (!options.kv_repeat.empty()) how.repeat_kv_before_conv = options.kv_repeat == "before-conv";
    const std::int64_t layers = teacher.config.num_layers();
    how.mixers = options.placement.ends_with(".json") ? plan_from_file(options.placement, layers)
                                                      : place_layers(layers, AttentionChoice::parse(options.attention),
                                                                     options.placement, parse_mixer(options.mixer));
    const Converted student = [&] {
        StatusLine line(stderr, "calibrating", quiet);
        how.progress = [&](double share) {
            line.show_share(share);
            teacher.release_pages();
        };
        return convert(teacher.config, teacher.params, how);
    }();
    const json provenance = {{"made_by", "molt convert"},
                             {"code_version", code_version()},
                             {"teacher", std::filesystem::absolute(options.teacher).string()},
                             {"init", options.init},
                             {"seed", options.seed}};
    publish_folder(options.out, options.overwrite, [&](const std::filesystem::path& folder) {
        StatusLine line(stderr, "writing", quiet);
        Checkpoint::write_files(folder, student.config, student.params, provenance,
                                [&](std::int64_t done, std::int64_t total) {
                                    line.show_bytes(done, total);
                                    teacher.release_pages();
                                });
        copy_tokenizer(options.teacher, options.common.tokenizer, folder);
    });
    json mixers = json::array();
    for (const MixerKind kind : student.config.mixers) mixers.push_back(mixer_name(kind));
    if (options.common.json) {
        print_json(
            {{"path", options.out}, {"mixers", std::move(mixers)}, {"parameters", student.params.num_elements()}});
    } else {
        std::cout << options.out << "\n";
    }
    return 0;
}

}  // namespace

void add_convert(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.command<Options>("convert", "Turn a teacher into a hybrid", options, run);
    command->add_option("TEACHER", options->teacher, "Model to convert")->required();
    command->add_option("OUT", options->out, "Folder to write")->required();
    command->add_option("--mixer", options->mixer, "mamba1 | mamba2")
        ->required()
        ->check(CLI::IsMember({"mamba1", "mamba2"}));
    command
        ->add_option("--attention", options->attention,
                     "Share of layers that keep attention (0 to 1), or their indices (1,3; a single one as layers:3)")
        ->capture_default_str();
    command->add_option("--placement", options->placement, "uniform | first | last | middle | FILE.json")
        ->capture_default_str();
    command->add_option("--init", options->init, "copy | calibrated | random")
        ->check(CLI::IsMember({"copy", "calibrated", "random"}))
        ->capture_default_str();
    command->add_option("--kv-repeat", options->kv_repeat, "before-conv | after-conv (default: as the official code)")
        ->check(CLI::IsMember({"before-conv", "after-conv"}));
    command->add_option("--seed", options->seed, "Start of the random generator")->capture_default_str();
    command->add_flag("--overwrite", options->overwrite, "Replace OUT as a whole");
    add_model_options(*command, options->common);
    add_output_options(*command, options->common);
}

}  // namespace molt::app
