// Loading and cross-checking of models, tokenizer and data.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/run_setup.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/packing.h"
#include "core/model/checkpoint.h"
#include "core/model/convert.h"
#include "core/train/new_model.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

std::string training_dtype(const RunConfig& config) { return config.dtype == "auto" ? "float32" : config.dtype; }

void check_device(const RunConfig& config) {
    if (config.device == "auto" || config.device == "cpu") return;
    fail(ErrorCode::Device, join("This build cannot train on ", config.device, "."), "Set device to auto or cpu.");
}

bool needs_teacher(const RunConfig& config) {
    const bool distills = std::any_of(config.stages.begin(), config.stages.end(),
                                      [](const StageConfig& stage) { return stage.kind == "distill"; });
    return distills || (!config.teacher.empty() && config.student.from.empty());
}

Checkpoint load_model(const fs::path& path, const RunConfig& config, const SetupProgress& progress) {
    const LoadOptions how{
        training_dtype(config), false, [&](std::int64_t done, std::int64_t total) {
            progress("loading", static_cast<double>(done) / static_cast<double>(std::max<std::int64_t>(total, 1)));
        }};
    Checkpoint checkpoint = Checkpoint::load(path, how);
    // What is written later is what is trained, whatever the file it came from held.
    checkpoint.config.dtype = training_dtype(config);
    return checkpoint;
}

/// Model whose tokenizer serves when the recipe names none.
fs::path tokenizer_owner(const RunConfig& config) {
    return config.teacher.empty() ? fs::path(config.student.from) : fs::path(config.teacher);
}

void load_tokenizer(const RunConfig& config, fs::path* folder, RunSetup& setup) {
    if (config.tokenizer.empty() && tokenizer_owner(config).empty()) {
        fail(ErrorCode::BadConfig, "A new model needs a tokenizer.",
             "Set \"tokenizer\" to a tokenizer file or folder.");
    }
    const fs::path path = find_tokenizer(tokenizer_owner(config), config.tokenizer);
    setup.tokenizer = Tokenizer::load(path);
    *folder = fs::is_directory(path) ? path : path.parent_path();
}

bool same_data(const StageConfig& a, const StageConfig& b) {
    return a.data.path == b.data.path && a.data.format == b.data.format && a.data.limit == b.data.limit &&
           a.held_out.path == b.held_out.path && a.held_out.share == b.held_out.share;
}

void load_data(const RunConfig& config, RunSetup& setup) {
    for (std::size_t i = 0; i < config.stages.size(); ++i) {
        const StageConfig& stage = config.stages[i];
        std::shared_ptr<const TrainAndHeldOut> data;
        for (std::size_t other = 0; other < i && !data; ++other) {
            if (same_data(stage, config.stages[other])) data = setup.data[other];
        }
        if (!data) {
            data = std::make_shared<const TrainAndHeldOut>(
                read_corpora(stage.data, stage.held_out, *setup.tokenizer, setup.chat_template));
        }
        setup.data.push_back(std::move(data));
    }
}

/// Rows of the first stage's text, spread over all of it, for initialisations that look at data.
at::Tensor calibration_rows(const RunConfig& config, const RunSetup& setup) {
    constexpr std::int64_t tokens = 16384;
    const Corpus& corpus = setup.data.front()->train;
    const std::int64_t length = std::min(config.stages.front().sequence_length, corpus.num_tokens());
    const std::int64_t rows = std::max<std::int64_t>(1, std::min(tokens, corpus.num_tokens()) / length);
    std::vector<std::int64_t> starts;
    for (std::int64_t row = 0; row < rows; ++row) starts.push_back((corpus.num_tokens() - length) * row / rows);
    return pack_rows(corpus, starts, length).ids_BT;
}

Converted make_student(const RunConfig& config, const RunSetup& setup, const SetupProgress& progress) {
    const HybridModel& teacher = *setup.teacher;
    ConvertOptions options;
    options.mixers = place_layers(teacher.config().num_layers(), config.student.attention, config.student.placement,
                                  parse_mixer(config.student.mixer));
    options.init = config.student.init;
    options.seed = static_cast<std::uint64_t>(config.seed);
    if (options.init == "calibrated") options.calibration_ids_NT = calibration_rows(config, setup);
    options.progress = [&](double share) { progress("converting", share); };
    return convert(teacher.config(), teacher.params(), options);
}

Converted load_student(const RunConfig& config, const std::optional<fs::path>& checkpoint, const RunSetup& setup,
                       const SetupProgress& progress) {
    if (checkpoint || !config.student.from.empty()) {
        Checkpoint loaded = load_model(checkpoint ? *checkpoint : fs::path(config.student.from), config, progress);
        return {std::move(loaded.config), std::move(loaded.params)};
    }
    if (setup.teacher) return make_student(config, setup, progress);
    ModelConfig fresh = new_model_config(config.model, *setup.tokenizer);
    fresh.dtype = training_dtype(config);
    const ParamSet drawn = draw_parameters(fresh, static_cast<std::uint64_t>(config.seed));
    return {fresh, drawn.to(fresh.dtype == "float64" ? at::kDouble : at::kFloat)};
}

/// Tensors that learn in some stage become the student's own: they may be shared with the teacher, or be a read-only
/// mapping of a file.
void own_what_learns(ParamSet& params, const RunConfig& config) {
    std::set<std::string> names;
    for (const StageConfig& stage : config.stages) {
        set_trained(params, stage);
        for (const auto& [name, tensor] : params.trainable()) names.insert(name);
        params.set_trainable({}, {});
    }
    for (const std::string& name : names) {
        at::Tensor own = params.at(name).detach().clone();
        params.erase(name);
        params.add(name, std::move(own));
    }
}

void check_vocabulary(const RunSetup& setup) {
    const std::int64_t student = setup.student->config().vocab_size;
    if (setup.tokenizer->vocab_size() > student) {
        fail(ErrorCode::Mismatch,
             join("The tokenizer has ", setup.tokenizer->vocab_size(), " tokens, the model only ", student, "."),
             "Give the model's own tokenizer.");
    }
    if (setup.teacher && setup.teacher->config().vocab_size != student) {
        fail(ErrorCode::Mismatch,
             join("The teacher has ", setup.teacher->config().vocab_size, " tokens, the student ", student, "."),
             "Distillation needs a student with the teacher's vocabulary.");
    }
}

void check_stage(const StageConfig& stage, const RunSetup& setup, const TrainAndHeldOut& data) {
    const std::int64_t context = setup.student->config().max_position;
    if (stage.sequence_length > context) {
        fail(ErrorCode::Mismatch,
             join("sequence_length ", stage.sequence_length, " is beyond the model's context of ", context, " tokens."),
             "Shorten sequence_length.");
    }
    if (data.train.num_tokens() < stage.sequence_length + 1) {
        fail(ErrorCode::Mismatch,
             join(stage.data.path, " gives ", data.train.num_tokens(), " training tokens, one row needs ",
                  stage.sequence_length + 1, "."),
             "Give more data, a smaller sequence_length or a smaller held_out share.");
    }
}

std::string listed(const std::vector<std::string>& globs) { return "\"" + join_list(globs, "\", \"") + "\""; }

}  // namespace

void set_trained(ParamSet& params, const StageConfig& stage) {
    const std::vector<std::string> unknown = params.set_trainable(stage.trained, stage.frozen);
    if (!unknown.empty()) {
        std::vector<std::string> names;
        for (const auto& [name, tensor] : params.all()) names.push_back(name);
        const std::string near = nearest_name(unknown.front(), names);
        fail(ErrorCode::BadConfig, join("No parameter matches ", listed(unknown), " in trained or frozen."),
             near.empty() ? "`molt describe MODEL --tensors` lists the names."
                          : join("The nearest name is ", near, "."));
    }
    if (params.trainable().empty()) {
        fail(ErrorCode::BadConfig, join("Nothing is left to train: frozen ", listed(stage.frozen), " covers trained ",
                                        listed(stage.trained), "."));
    }
}

RunSetup set_up_run(const RunConfig& config, const std::optional<fs::path>& checkpoint, const SetupProgress& progress) {
    config.validate();
    check_device(config);
    progress("loading", 0.0);
    RunSetup setup{.tokenizer = {},
                   .chat_template = ChatTemplate::named("plain"),
                   .teacher = {},
                   .student = {},
                   .data = {},
                   .parent = {}};
    if (needs_teacher(config)) {
        Checkpoint teacher = load_model(config.teacher, config, progress);
        setup.teacher = std::make_unique<HybridModel>(std::move(teacher.config), std::move(teacher.params));
    }
    fs::path tokenizer_folder;
    load_tokenizer(config, &tokenizer_folder, setup);
    setup.chat_template = ChatTemplate::recognise(tokenizer_folder);
    load_data(config, setup);
    if (!checkpoint && config.student.from.empty() && setup.teacher) progress("converting", 0.0);
    Converted student = load_student(config, checkpoint, setup, progress);
    own_what_learns(student.params, config);
    setup.student = std::make_unique<HybridModel>(std::move(student.config), std::move(student.params));
    setup.parent = config.student.from.empty() ? config.teacher : config.student.from;
    check_vocabulary(setup);
    for (std::size_t i = 0; i < config.stages.size(); ++i) check_stage(config.stages[i], setup, *setup.data[i]);
    return setup;
}

}  // namespace molt
