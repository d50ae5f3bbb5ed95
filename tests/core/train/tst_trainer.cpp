// Tests of core/train/trainer.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>

#include "core/train/trainer.h"

#include <sys/resource.h>

#include <QtTest>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <limits>

#include "core/base/files.h"
#include "core/model/safetensors.h"
#include "core/train/trainer_state.h"
#include "tests/support/expect_error.h"
#include "tests/support/recording_sink.h"
#include "tests/support/toy_stage.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

StageConfig config_of(std::int64_t steps) {
    StageConfig config;
    config.steps = steps;
    config.learning_rate = 0.05;
    config.weight_decay = 0.01;
    config.warmup_steps = 2;
    config.evaluate_every = 0;
    config.keep_checkpoints = 2;
    return config;
}

TrainerContext context_of(const StageConfig& config) { return {.first_step = 0, .total_steps = config.steps}; }

Wish go_on() { return Wish::Run; }

std::vector<std::pair<std::string, at::Tensor>> weights(Stage& stage) {
    std::vector<std::pair<std::string, at::Tensor>> values;
    for (const auto& [name, tensor] : stage.params().all()) values.emplace_back(name, tensor.detach());
    return values;
}

/// A trainer of a toy stage with its folder and sink.
struct Bench {
    Bench(Stage& trained, const StageConfig& config, const TrainerContext& context)
        : stage(trained), trainer(trained, config, context, folder.path(), sink, [this](const fs::path& into) {
              write_safetensors(into / "model.safetensors", weights(stage));
          }) {}
    explicit Bench(Stage& trained, const StageConfig& config) : Bench(trained, config, context_of(config)) {}

    Stage& stage;
    TemporaryFolder folder;
    RecordingSink sink;
    Trainer trainer;
};

/// Hands out these wishes one a poll, then Run.
std::function<Wish()> wishes(std::deque<Wish> list) {
    return [list]() mutable {
        if (list.empty()) return Wish::Run;
        const Wish wish = list.front();
        list.pop_front();
        return wish;
    };
}

void load_weights(Stage& stage, const fs::path& checkpoint) {
    const at::NoGradGuard no_grad;
    const SafetensorsFile file = SafetensorsFile::open(checkpoint / "model.safetensors");
    for (const auto& [name, tensor] : weights(stage)) tensor.copy_(file.tensor(name));
}

bool equal_weights(Stage& a, Stage& b) {
    for (const auto& [name, tensor] : weights(a)) {
        if (!at::equal(tensor, b.params().at(name))) return false;
    }
    return true;
}

/// Files of this process may not grow beyond so many bytes while this lives: writing fails as on a full disk.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limited{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limited);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    rlimit before_{};
    void (*handler_)(int) = nullptr;
};

}  // namespace

class TstTrainer : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void the_loss_falls_and_every_step_is_reported() {
        ToyStage stage(8);
        Bench bench(stage, config_of(60));
        QCOMPARE(bench.trainer.run(go_on), StageEnd::Completed);
        const auto loss = bench.sink.series("loss");
        QCOMPARE(loss.size(), std::size_t{60});
        QCOMPARE(loss.begin()->first, std::int64_t{1});
        // About 0.4 of the squared error cannot be explained by a linear map.
        QVERIFY2(loss.at(60) < 0.8 * loss.at(1), qPrintable(QString::number(loss.at(60) / loss.at(1))));
        for (const char* key : {"loss_ce", "learning_rate", "grad_norm", "tokens_per_second"}) {
            QCOMPARE(bench.sink.series(key).size(), std::size_t{60});
        }
        QCOMPARE(bench.sink.series("learning_rate").at(1), 0.0);
        QCOMPARE(bench.sink.series("learning_rate").at(3), 0.05);
    }

    void accumulation_equals_a_large_batch() {
        ToyStage small(2), large(6);
        StageConfig accumulated = config_of(12);
        accumulated.accumulation = 3;
        Bench a(small, accumulated), b(large, config_of(12));
        a.trainer.run(go_on);
        b.trainer.run(go_on);
        for (const auto& [name, tensor] : weights(small)) {
            QVERIFY2(at::allclose(tensor, large.params().at(name), 1e-10, 1e-10), name.c_str());
        }
        QVERIFY(qAbs(a.sink.series("loss").at(12) - b.sink.series("loss").at(12)) < 1e-10);
        QVERIFY(qAbs(a.sink.series("loss_ce").at(12) - b.sink.series("loss_ce").at(12)) < 1e-10);
        QCOMPARE(a.trainer.tokens(), b.trainer.tokens());
    }

    void it_evaluates_before_between_and_after() {
        ToyStage stage(2);
        StageConfig config = config_of(10);
        config.evaluate_every = 4;
        Bench bench(stage, config);
        bench.trainer.run(go_on);
        std::vector<std::int64_t> steps;
        for (const auto& [step, value] : bench.sink.series("eval/loss")) steps.push_back(step);
        QCOMPARE(steps, (std::vector<std::int64_t>{0, 4, 8, 10}));
    }

    void a_later_stage_counts_on_and_is_not_evaluated_first() {
        ToyStage stage(2);
        const StageConfig config = config_of(5);
        Bench bench(stage, config,
                    {.first_step = 100, .total_steps = 105, .stage_index = 1, .num_stages = 2, .tokens_before = 1000});
        bench.trainer.run(go_on);
        QCOMPARE(bench.sink.series("loss").begin()->first, std::int64_t{101});
        QCOMPARE(stage.num_evaluations, 1);
        QCOMPARE(bench.trainer.step(), std::int64_t{105});
        QVERIFY(bench.trainer.tokens() > 1000);
    }

    void tokens_may_stand_for_steps() {
        StageConfig config;
        config.tokens = 1001;
        config.batch_size = 5;
        config.sequence_length = 10;
        config.accumulation = 2;
        QCOMPARE(stage_steps(config), std::int64_t{11});
        config.steps = 7;
        QCOMPARE(stage_steps(config), std::int64_t{7});
    }

    void resumed_equals_uninterrupted_bit_for_bit() {
        for (const std::int64_t stop_after : {1, 7, 19}) {
            ToyStage whole(3, at::kFloat), first(3, at::kFloat), second(3, at::kFloat);
            Bench uninterrupted(whole, config_of(20)), before(first, config_of(20)), after(second, config_of(20));
            uninterrupted.trainer.run(go_on);

            std::deque<Wish> list(static_cast<std::size_t>(stop_after), Wish::Run);
            list.push_back(Wish::StopSave);
            QCOMPARE(before.trainer.run(wishes(list)), StageEnd::Stopped);
            const auto checkpoint = newest_checkpoint(before.folder.path());
            QVERIFY(checkpoint.has_value());
            load_weights(second, *checkpoint);
            after.trainer.resume(*checkpoint);
            QCOMPARE(after.trainer.step(), stop_after);
            QCOMPARE(after.trainer.run(go_on), StageEnd::Completed);

            QVERIFY(equal_weights(whole, second));
            QCOMPARE(after.trainer.tokens(), uninterrupted.trainer.tokens());
            for (const auto& [step, loss] : after.sink.series("loss")) {
                // Not QCOMPARE: it takes doubles that are nearly equal for equal.
                QVERIFY(loss == uninterrupted.sink.series("loss").at(step));
            }
        }
    }

    void steps_that_are_not_finite_leave_the_weights_alone() {
        ToyStage stage(2);
        stage.not_finite = {3, 5};
        Bench bench(stage, config_of(8));
        bench.trainer.run(go_on);
        const auto loss = bench.sink.series("loss");
        QCOMPARE(loss.size(), std::size_t{6});
        QVERIFY(!loss.contains(3) && !loss.contains(5));
        for (const auto& [name, tensor] : weights(stage)) QVERIFY(tensor.isfinite().all().item<bool>());
    }

    void too_many_of_them_end_the_run() {
        ToyStage stage(2);
        stage.not_finite = {4, 5, 6};
        Bench bench(stage, config_of(20));
        const Error error = expect_error(ErrorCode::NonFinite, [&] { bench.trainer.run(go_on); });
        QVERIFY2(std::string(error.what()).find("Step 6") != std::string::npos, error.what());
    }

    void weights_that_are_not_finite_are_neither_saved_nor_the_result() {
        ToyStage stage(2);
        StageConfig config = config_of(6);
        config.checkpoint_every = 1;
        Bench bench(stage, config);
        std::int64_t polls = 0;
        // As an overflow inside the fourth step would leave them; the two steps that follow are skipped.
        const auto spoil = [&] {
            const at::NoGradGuard no_grad;
            if (++polls == 5) stage.params().at("w").fill_(std::numeric_limits<double>::infinity());
            return Wish::Run;
        };
        expect_error(ErrorCode::NonFinite, [&] { bench.trainer.run(spoil); });
        QCOMPARE(newest_checkpoint(bench.folder.path())->filename().string(), std::string("step-00000004"));
        QCOMPARE(bench.sink.all<CheckpointSaved>().size(), std::size_t{4});
    }

    void hold_waits_and_goes_on() {
        ToyStage stage(2);
        Bench bench(stage, config_of(4));
        QCOMPARE(bench.trainer.run(wishes({Wish::Run, Wish::Hold, Wish::Hold})), StageEnd::Completed);
        QVERIFY(bench.sink.reported_phase("held"));
        QCOMPARE(bench.sink.series("loss").size(), std::size_t{4});
    }

    void a_held_run_saves_and_evaluates_without_training() {
        ToyStage stage(2);
        Bench bench(stage, config_of(4));
        const auto list = {Wish::Run, Wish::Hold, Wish::SaveNow, Wish::Hold, Wish::EvalNow, Wish::StopDiscard};
        QCOMPARE(bench.trainer.run(wishes(list)), StageEnd::Stopped);
        QCOMPARE(bench.trainer.step(), std::int64_t{1});
        QCOMPARE(newest_checkpoint(bench.folder.path())->filename().string(), std::string("step-00000001"));
    }

    void a_held_run_can_be_stopped() {
        ToyStage stage(2);
        Bench bench(stage, config_of(4));
        QCOMPARE(bench.trainer.run(wishes({Wish::Run, Wish::Hold, Wish::StopDiscard})), StageEnd::Stopped);
        QCOMPARE(bench.trainer.step(), std::int64_t{1});
        QVERIFY(!newest_checkpoint(bench.folder.path()));
    }

    void release_saves_and_returns() {
        ToyStage stage(2);
        Bench bench(stage, config_of(4));
        QCOMPARE(bench.trainer.run(wishes({Wish::Run, Wish::Run, Wish::Release})), StageEnd::Released);
        QCOMPARE(newest_checkpoint(bench.folder.path())->filename().string(), std::string("step-00000002"));
    }

    void save_now_and_evaluate_now_change_nothing() {
        ToyStage plain(2), asked(2);
        Bench a(plain, config_of(6)), b(asked, config_of(6));
        a.trainer.run(go_on);
        b.trainer.run(wishes({Wish::Run, Wish::SaveNow, Wish::Run, Wish::EvalNow}));
        QVERIFY(equal_weights(plain, asked));
        QCOMPARE(b.sink.all<CheckpointSaved>().size(), std::size_t{1});
        QCOMPARE(asked.num_evaluations, plain.num_evaluations + 1);
    }

    void checkpoints_come_at_intervals_and_the_last_are_kept() {
        ToyStage stage(2);
        StageConfig config = config_of(10);
        config.checkpoint_every = 2;
        Bench bench(stage, config);
        bench.trainer.run(go_on);
        std::vector<std::string> names;
        for (const fs::path& path : list_checkpoints(bench.folder.path())) names.push_back(path.filename().string());
        QCOMPARE(names, (std::vector<std::string>{"step-00000006", "step-00000008"}));
        const auto saved = bench.sink.all<CheckpointSaved>();
        QCOMPARE(saved.size(), std::size_t{4});
        QCOMPARE(saved.back().step, std::int64_t{8});
        QCOMPARE(saved.back().bytes, folder_bytes(saved.back().path));
    }

    void a_full_disk_leaves_nothing_half_written() {
        ToyStage stage(2);
        Bench bench(stage, config_of(10));
        bench.trainer.run(wishes({Wish::Run, Wish::StopSave}));
        const auto before = newest_checkpoint(bench.folder.path());
        {
            const FileSizeLimit limit(600);
            expect_error(ErrorCode::WriteFailed, [&] { bench.trainer.run(wishes({Wish::Run, Wish::StopSave})); });
        }
        QCOMPARE(std::distance(fs::directory_iterator(bench.folder.path() / "checkpoints"), fs::directory_iterator()),
                 1);
        QCOMPARE(newest_checkpoint(bench.folder.path()), before);
        read_trainer_state(*before);
    }

    void a_folder_that_cannot_be_made_is_a_write_error() {
        ToyStage stage(2);
        Bench bench(stage, config_of(10));
        std::ofstream(bench.folder.path() / "checkpoints") << "a file in the way";
        expect_error(ErrorCode::WriteFailed, [&] { bench.trainer.run(wishes({Wish::Run, Wish::StopSave})); });
    }

    void a_checkpoint_of_another_stage_is_refused() {
        ToyStage stage(2);
        Bench bench(stage, config_of(10));
        bench.trainer.run(wishes({Wish::Run, Wish::StopSave}));
        const StageConfig config = config_of(10);
        Bench second(stage, config, {.first_step = 10, .total_steps = 20, .stage_index = 1, .num_stages = 2});
        expect_error(ErrorCode::Mismatch, [&] { second.trainer.resume(*newest_checkpoint(bench.folder.path())); });
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstTrainer)
#include "tst_trainer.moc"
