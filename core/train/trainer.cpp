// The loop, its wishes, its events and its checkpoints.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/trainer.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/log.h"
#include "core/base/platform.h"
#include "core/base/text.h"
#include "core/model/finite.h"
#include "core/train/finite_gate.h"
#include "core/train/gradients.h"
#include "core/train/optimizer.h"
#include "core/train/progress_meter.h"
#include "core/train/schedule.h"
#include "core/train/trainer_state.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

constexpr double kProgressEvery = 0.25;  // seconds between progress events
constexpr auto kHoldPoll = std::chrono::milliseconds(50);
constexpr const char* kGenerator = "generator/cpu";

std::int64_t times_within(std::int64_t every, std::int64_t after, std::int64_t until) {
    return every > 0 ? until / every - after / every : 0;
}

}  // namespace

std::int64_t stage_steps(const StageConfig& config) {
    if (config.steps > 0) return config.steps;
    const std::int64_t tokens_of_step = config.batch_size * config.sequence_length * config.accumulation;
    return (config.tokens + tokens_of_step - 1) / tokens_of_step;
}

struct Trainer::Impl {
    Impl(Stage& trained_stage, const StageConfig& stage_config, const TrainerContext& where, fs::path folder,
         RunEventSink& events, std::function<void(const fs::path&)> write_model)
        : stage(trained_stage),
          config(stage_config),
          context(where),
          run_folder(std::move(folder)),
          sink(events),
          save_model(std::move(write_model)),
          steps(stage_steps(stage_config)),
          schedule(Schedule::of(stage_config, steps)),
          learning(stage.params().trainable()),
          workers(context.workers != nullptr ? *context.workers : own_worker),
          optimizer(learning, {stage_config.beta1, stage_config.beta2, 1e-8, stage_config.weight_decay}),
          tokens(where.tokens_before) {
        MOLT_ASSERT(steps > 0 && !learning.empty());
    }

    std::int64_t run_step() const { return context.first_step + step; }

    void emit(decltype(RunEvent::body) body) { sink.emit({.seq = 0, .time = wall_clock(), .body = std::move(body)}); }

    void emit_progress(const std::string& phase) {
        Progress progress{.stage_index = context.stage_index,
                          .num_stages = context.num_stages,
                          .stage = std::string(stage.name()),
                          .phase = phase,
                          .step = run_step(),
                          .steps = context.total_steps,
                          .tokens = tokens,
                          .tokens_per_second = meter.tokens_per_second()};
        RemainingWork left{.steps = context.total_steps - run_step()};
        left.evaluations = times_within(config.evaluate_every, step, steps - 1) + (step < steps ? 1 : 0);
        left.saves = times_within(config.checkpoint_every, step, steps - 1);
        progress.eta_seconds = meter.eta_seconds(left);
        emit(std::move(progress));
        last_progress = steady_clock();
    }

    void train_step() {
        const double begin = steady_clock();
        std::vector<Batch> batches;
        for (std::int64_t i = 0; i < config.accumulation; ++i) batches.push_back(stage.next());
        const StepLoss sum = add_gradients(stage, batches, learning, workers);
        const double norm = std::isfinite(sum.loss) ? clip_gradients(learning, config.gradient_clip) : 0.0;
        const double rate = learning_rate(schedule, step);
        const bool admitted = gate.admit(sum.loss, norm, run_step() + 1, batches);
        if (admitted) optimizer.step(rate);
        optimizer.clear_gradients();
        ++step;
        tokens += sum.tokens;
        meter.add_step(steady_clock() - begin, sum.tokens);
        if (admitted && (step % config.log_every == 0 || step == steps)) report(sum, rate, norm);
    }

    void report(const StepLoss& sum, double rate, double norm) {
        StepMetrics event{.step = run_step(), .values = {{"loss", sum.loss}}};
        event.values.insert(event.values.end(), sum.metrics.begin(), sum.metrics.end());
        event.values.emplace_back("learning_rate", rate);
        event.values.emplace_back("grad_norm", norm);
        event.values.emplace_back("tokens_per_second", meter.tokens_per_second());
        emit(std::move(event));
    }

    void evaluate() {
        const double begin = steady_clock();
        emit_progress("evaluating");
        auto values = stage.evaluate();
        meter.add_evaluation(steady_clock() - begin);
        if (!values.empty()) emit(StepMetrics{.step = run_step(), .values = std::move(values)});
        emit_progress("training");
    }

    StateArchive archive() const {
        StateArchive state;
        state.values["stage_index"] = context.stage_index;
        state.values["stage"] = stage.name();
        state.values["step"] = run_step();
        state.values["stage_step"] = step;
        state.values["tokens"] = tokens;
        state.values["threads"] = std::max<std::int64_t>(workers.count(), at::get_num_threads());
        stage.save(state);
        optimizer.save(state);
        gate.save(state);
        at::Generator generator = at::detail::getDefaultCPUGenerator();
        const std::lock_guard lock(generator.mutex());
        state.tensors[kGenerator] = generator.get_state();
        return state;
    }

    bool weights_are_finite() const {
        return std::all_of(learning.begin(), learning.end(),
                           [](const auto& named) { return all_finite(named.second.detach().contiguous()); });
    }

    /// A checkpoint that cannot be gone on from must not push out those that can.
    void save_if_finite() {
        if (weights_are_finite())
            save_checkpoint();
        else
            log::warn("train", join("No checkpoint at step ", run_step(), ": the weights are not finite any more."));
    }

    void require_finite() const {
        if (weights_are_finite()) return;
        fail(
            ErrorCode::NonFinite, join("Step ", run_step(), " left weights that are not finite."),
            "Lower learning_rate or gradient_clip, or lengthen warmup_steps; resume goes on from the last checkpoint.");
    }

    fs::path save_checkpoint() {
        const double begin = steady_clock();
        emit_progress("saving");
        const fs::path target = checkpoint_path(run_folder, run_step());
        std::error_code error;
        fs::create_directories(target.parent_path(), error);
        if (error) {
            fail(ErrorCode::WriteFailed,
                 join("Cannot create ", target.parent_path().string(), ": ", error.message(), "."),
                 "Check that the run's folder is writable and that the disk is not full.");
        }
        publish_folder(target, true, [&](const fs::path& partial) {
            save_model(partial);
            write_trainer_state(partial, archive());
        });
        prune_checkpoints(run_folder, config.keep_checkpoints);
        emit(CheckpointSaved{.step = run_step(), .path = target.string(), .bytes = folder_bytes(target)});
        meter.add_save(steady_clock() - begin);
        return target;
    }

    void resume(const fs::path& checkpoint) {
        const StateArchive state = read_trainer_state(checkpoint);
        const std::string origin = (checkpoint / "trainer.json").string();
        if (get<std::int64_t>(state.values, "stage_index", origin) != context.stage_index) {
            fail(ErrorCode::Mismatch, join(checkpoint.string(), " belongs to another stage of the run."));
        }
        step = get<std::int64_t>(state.values, "stage_step", origin);
        tokens = get<std::int64_t>(state.values, "tokens", origin);
        stage.load(state);
        optimizer.load(state);
        gate.load(state);
        const auto found = state.tensors.find(kGenerator);
        if (found == state.tensors.end()) fail(ErrorCode::BadFile, join(origin, ": the generator's state is missing."));
        at::Generator generator = at::detail::getDefaultCPUGenerator();
        const std::lock_guard lock(generator.mutex());
        generator.set_state(found->second.clone());
        log::info("train", join("Going on after step ", run_step(), " from ", checkpoint.string()));
    }

    /// Carries wishes out until one lets the next step begin; a value ends the loop.
    std::optional<StageEnd> obey(const std::function<Wish()>& poll) {
        bool held = false;
        for (;;) {
            const Wish wish = poll();
            switch (wish) {
                case Wish::Run:
                    return std::nullopt;
                case Wish::Hold:
                    if (!std::exchange(held, true)) emit_progress("held");
                    std::this_thread::sleep_for(kHoldPoll);
                    break;
                case Wish::SaveNow:
                    save_if_finite();
                    held = false;
                    break;
                case Wish::EvalNow:
                    evaluate();
                    held = false;
                    break;
                case Wish::StopDiscard:
                    return StageEnd::Stopped;
                case Wish::StopSave:
                    save_if_finite();
                    return StageEnd::Stopped;
                case Wish::Release:
                    save_if_finite();
                    return StageEnd::Released;
            }
        }
    }

    StageEnd run(const std::function<Wish()>& poll) {
        emit_progress("training");
        if (run_step() == 0) evaluate();
        while (step < steps) {
            if (const auto end = obey(poll)) return *end;
            train_step();
            const bool last = step == steps;
            if (last) require_finite();
            if (last || (config.evaluate_every > 0 && step % config.evaluate_every == 0)) evaluate();
            // The end of the last stage is the final model, which is written by the caller.
            const bool ends_run = last && context.stage_index + 1 == context.num_stages;
            if (config.checkpoint_every > 0 && !ends_run && (last || step % config.checkpoint_every == 0))
                save_if_finite();
            if (steady_clock() - last_progress > kProgressEvery) emit_progress("training");
        }
        emit_progress("training");
        return StageEnd::Completed;
    }

    Stage& stage;
    StageConfig config;
    TrainerContext context;
    fs::path run_folder;
    RunEventSink& sink;
    std::function<void(const fs::path&)> save_model;
    std::int64_t steps;
    Schedule schedule;
    NamedTensors learning;
    Workers own_worker{1};
    Workers& workers;
    AdamW optimizer;
    FiniteGate gate;
    ProgressMeter meter;
    std::int64_t step = 0;  // of the stage
    std::int64_t tokens;
    double last_progress = 0.0;
};

Trainer::Trainer(Stage& stage, const StageConfig& config, const TrainerContext& context, fs::path run_folder,
                 RunEventSink& sink, std::function<void(const fs::path&)> save_model)
    : impl_(std::make_unique<Impl>(stage, config, context, std::move(run_folder), sink, std::move(save_model))) {}
Trainer::~Trainer() = default;

void Trainer::resume(const fs::path& checkpoint) { impl_->resume(checkpoint); }
StageEnd Trainer::run(const std::function<Wish()>& poll) { return impl_->run(poll); }
fs::path Trainer::save_checkpoint() { return impl_->save_checkpoint(); }
std::int64_t Trainer::step() const { return impl_->run_step(); }
std::int64_t Trainer::tokens() const { return impl_->tokens; }

}  // namespace molt
