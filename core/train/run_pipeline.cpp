// From recipe to final model: settings of LibTorch, stages in order, publishing.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/run_pipeline.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/log.h"
#include "core/base/platform.h"
#include "core/base/text.h"
#include "core/model/checkpoint.h"
#include "core/spec/recipe.h"
#include "core/train/run_setup.h"
#include "core/train/stage_setup.h"
#include "core/train/trainer_state.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

constexpr double kReportEvery = 0.25;  // seconds between two reports of one phase

std::string level_name(log::Level level) {
    switch (level) {
        case log::Level::Debug:
            return "debug";
        case log::Level::Info:
            return "info";
        case log::Level::Warn:
            return "warn";
        case log::Level::Error:
            return "error";
    }
    return "error";
}

/// Log lines become events while this lives.
class LogEvents {
public:
    explicit LogEvents(RunEventSink& sink) {
        log::set_observer([&sink](log::Level level, std::string_view topic, std::string_view text) {
            LogLine line{.level = level_name(level), .topic = std::string(topic), .text = std::string(text)};
            sink.emit({.seq = 0, .time = wall_clock(), .body = std::move(line)});
        });
    }
    ~LogEvents() { log::set_observer({}); }
    LogEvents(const LogEvents&) = delete;
    LogEvents& operator=(const LogEvents&) = delete;
};

/// Threads of the run: as asked, as many as the checkpoint was made with, or all cores.
std::int64_t run_threads(const RunConfig& config, const std::optional<fs::path>& resume_from) {
    if (config.threads > 0) return config.threads;
    if (resume_from && config.deterministic) {
        const json state = read_json_file(*resume_from / "trainer.json");
        const auto threads =
            get_or<std::int64_t>(state.value("values", json::object()), "threads", 0, resume_from->string());
        if (threads > 0) return threads;
    }
    return std::max(1U, std::thread::hardware_concurrency());
}

/// LibTorch's settings for a run, undone afterwards: they belong to the process.
class TorchSettings {
public:
    explicit TorchSettings(bool deterministic)
        : threads_(at::get_num_threads()), deterministic_(at::globalContext().deterministicAlgorithms()) {
        at::globalContext().setDeterministicAlgorithms(deterministic, false);
        // Filling memory that is about to be overwritten would only cost time.
        at::globalContext().setDeterministicFillUninitializedMemory(false);
    }
    ~TorchSettings() {
        at::set_num_threads(threads_);
        at::globalContext().setDeterministicAlgorithms(deterministic_, false);
    }
    TorchSettings(const TorchSettings&) = delete;
    TorchSettings& operator=(const TorchSettings&) = delete;

private:
    int threads_;
    bool deterministic_;
};

/// A run that was killed right after it published final/ may do so again.
bool may_replace_output(const RunConfig& config, const std::optional<fs::path>& resume_from) {
    return config.out.empty() && resume_from.has_value();
}

json provenance(const RunConfig& config, const RunSetup& setup, std::int64_t step, std::int64_t tokens) {
    return {{"run", config.name},
            {"parent", setup.parent.string()},
            {"seed", config.seed},
            {"step", step},
            {"tokens", tokens}};
}

/// Model and tokenizer, so that the folder can be used by itself.
void write_model(const fs::path& folder, const RunSetup& setup, const json& origin) {
    Checkpoint::write_files(folder, setup.student->config(), setup.student->params(), origin);
    bool has_config = false;
    for (const auto& [name, bytes] : setup.tokenizer->files()) {
        write_file(folder / name, bytes);
        has_config = has_config || name == "tokenizer_config.json";
    }
    const std::string jinja = setup.chat_template.jinja();
    if (!has_config && !jinja.empty()) {
        write_file(folder / "tokenizer_config.json", json({{"chat_template", jinja}}).dump(1) + "\n");
    }
}

/// One run in progress.
class Pipeline {
public:
    Pipeline(const RunConfig& config, const fs::path& run_folder, RunEventSink& sink)
        : config_(config), run_folder_(run_folder), sink_(sink) {
        for (const StageConfig& stage : config.stages) total_steps_ += stage_steps(stage);
    }

    PipelineResult run(const std::function<Wish()>& poll, const std::optional<fs::path>& resume_from) {
        threads_ = run_threads(config_, resume_from);
        at::set_num_threads(static_cast<int>(threads_));
        try {
            setup_ = std::make_unique<RunSetup>(set_up_run(
                config_, resume_from, [&](std::string_view phase, double share) { prepare(phase, share, poll); }));
        } catch (const SetupEnded& ended) {
            return {.end = ended.end, .model = {}, .step = resume_from ? checkpoint_step(*resume_from) : 0};
        }
        const std::size_t first = resume_from ? static_cast<std::size_t>(checkpoint_stage(*resume_from)) : 0;
        if (first >= config_.stages.size())
            fail(ErrorCode::Mismatch, "The checkpoint belongs to a stage that the recipe lacks.");
        for (std::size_t i = 0; i < first; ++i) first_step_ += stage_steps(config_.stages[i]);
        for (std::size_t i = first; i < config_.stages.size(); ++i) {
            const StageEnd end = run_stage(i, poll, i == first ? resume_from : std::nullopt);
            if (end != StageEnd::Completed) return {.end = end, .model = {}, .step = first_step_};
        }
        report("saving");
        const fs::path target = output_folder(config_, run_folder_);
        publish_folder(target, may_replace_output(config_, resume_from), [&](const fs::path& partial) {
            write_model(partial, *setup_, provenance(config_, *setup_, first_step_, tokens_));
        });
        return {.end = StageEnd::Completed, .model = target, .step = first_step_};
    }

private:
    StageEnd run_stage(std::size_t index, const std::function<Wish()>& poll,
                       const std::optional<fs::path>& resume_from) {
        set_trained(setup_->student->params(), config_.stages[index]);
        if (setup_->data[index]->held_out.num_tokens() == 0 && index == 0)
            log::warn("train", "No held-out data: the run is not evaluated.");
        const auto workers = stage_workers(config_.stages[index], threads_);
        const auto stage = make_stage(config_, *setup_, index, workers);
        const TrainerContext context{.first_step = first_step_,
                                     .total_steps = total_steps_,
                                     .stage_index = static_cast<std::int64_t>(index),
                                     .num_stages = static_cast<std::int64_t>(config_.stages.size()),
                                     .tokens_before = tokens_,
                                     .workers = workers.get()};
        Trainer* running = nullptr;
        Trainer trainer(*stage, config_.stages[index], context, run_folder_, sink_, [&](const fs::path& folder) {
            write_model(folder, *setup_, provenance(config_, *setup_, running->step(), running->tokens()));
        });
        running = &trainer;
        if (resume_from) trainer.resume(*resume_from);
        const StageEnd end = trainer.run(poll);
        first_step_ = trainer.step();
        tokens_ = trainer.tokens();
        return end;
    }

    /// Thrown through the preparation of a run that is to end before its first step.
    struct SetupEnded {
        StageEnd end;
    };

    void prepare(std::string_view phase, double share, const std::function<Wish()>& poll) {
        const Wish wish = poll();
        if (wish == Wish::StopSave || wish == Wish::StopDiscard) throw SetupEnded{StageEnd::Stopped};
        if (wish == Wish::Release) throw SetupEnded{StageEnd::Released};
        const double now = steady_clock();
        if (phase != phase_) phase_ = phase, phase_began_ = now, reported_at_ = 0.0;
        if (now - reported_at_ < kReportEvery) return;
        reported_at_ = now;
        report(phase, share > 0.0 ? (now - phase_began_) * (1.0 - share) / share : -1.0);
    }

    void report(std::string_view phase, double eta_seconds = -1.0) {
        Progress progress;
        progress.num_stages = static_cast<std::int64_t>(config_.stages.size());
        progress.stage = config_.stages.front().kind;
        progress.phase = phase;
        progress.step = first_step_;
        progress.steps = total_steps_;
        progress.tokens = tokens_;
        progress.eta_seconds = eta_seconds;
        sink_.emit({.seq = 0, .time = wall_clock(), .body = std::move(progress)});
    }

    const RunConfig& config_;
    const fs::path& run_folder_;
    RunEventSink& sink_;
    std::unique_ptr<RunSetup> setup_;
    std::int64_t total_steps_ = 0, first_step_ = 0, tokens_ = 0, threads_ = 1;
    std::string phase_;
    double phase_began_ = 0.0, reported_at_ = 0.0;
};

}  // namespace

PipelineResult run_pipeline(const RunConfig& config, const fs::path& run_folder, RunEventSink& sink,
                            const std::function<Wish()>& poll, const std::optional<fs::path>& resume_from) {
    config.validate();
    std::error_code error;
    fs::create_directories(run_folder, error);
    if (error) {
        fail(ErrorCode::WriteFailed, join("Cannot create ", run_folder.string(), ": ", error.message(), "."),
             "Check that its parent folder is writable.");
    }
    check_output_path(output_folder(config, run_folder), may_replace_output(config, resume_from));
    const TorchSettings torch_settings(config.deterministic);
    const LogEvents log_events(sink);
    return Pipeline(config, run_folder, sink).run(poll, resume_from);
}

}  // namespace molt
