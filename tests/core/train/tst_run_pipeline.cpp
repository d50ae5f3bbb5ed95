// Tests of core/train/run_pipeline (with the stages that it runs).
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones_like.h>

#include "core/train/run_pipeline.h"

#include <QtTest>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/base/files.h"
#include "core/model/checkpoint.h"
#include "core/text/tokenizer.h"
#include "core/train/trainer_state.h"
#include "tests/support/expect_error.h"
#include "tests/support/recording_sink.h"
#include "tests/support/tiny_world.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

Wish go_on() { return Wish::Run; }

/// Asks for `wish` when `steps` steps are done.
std::function<Wish()> after(const RecordingSink& sink, std::size_t steps, Wish wish) {
    return [&sink, steps, wish] { return sink.series("loss").size() < steps ? Wish::Run : wish; };
}

ParamSet weights_of(const fs::path& model) { return Checkpoint::load(model).params; }

bool equal(const ParamSet& a, const ParamSet& b) {
    if (a.all().size() != b.all().size()) return false;
    for (const auto& [name, tensor] : a.all()) {
        if (!at::equal(tensor, b.at(name))) return false;
    }
    return true;
}

}  // namespace

class TstRunPipeline : public QObject {
    Q_OBJECT

    TemporaryFolder folder_;
    TinyWorld world_{folder_.path()};
    fs::path teacher_;
    RecordingSink teacher_events_;

    fs::path fresh(const std::string& name) const { return folder_.path() / name; }

private Q_SLOTS:
    void initTestCase() {
        RunConfig config = world_.pretrain(120);
        config.out = fresh("teacher").string();
        const PipelineResult result = run_pipeline(config, fresh("teacher-run"), teacher_events_, go_on, std::nullopt);
        QCOMPARE(result.end, StageEnd::Completed);
        teacher_ = result.model;
    }

    void pretraining_lowers_the_held_out_loss() {
        const auto loss = teacher_events_.series("eval/loss");
        QVERIFY(qAbs(loss.at(0) - std::log(259.0)) < 0.2);
        QVERIFY2(loss.at(120) < 2.5, qPrintable(QString::number(loss.at(120))));
        QVERIFY(qAbs(teacher_events_.series("eval/perplexity").at(120) - std::exp(loss.at(120))) < 1e-9);
        QVERIFY(teacher_events_.series("eval/kl").empty());
    }

    void the_final_folder_is_a_model_with_its_tokenizer() {
        const Checkpoint model = Checkpoint::load(teacher_);
        QCOMPARE(model.config.vocab_size, std::int64_t{259});
        QCOMPARE(model.kind, std::string("transformer"));
        QCOMPARE(model.provenance["step"].get<int>(), 120);
        QCOMPARE(Tokenizer::load(find_tokenizer(teacher_, {}))->vocab_size(), std::int64_t{259});
    }

    void distillation_lowers_the_kl_data() {
        QTest::addColumn<QString>("mixer");
        QTest::newRow("mamba2") << "mamba2";
        QTest::newRow("mamba1") << "mamba1";
    }
    void distillation_lowers_the_kl() {
        QFETCH(QString, mixer);
        RunConfig config = world_.distill(teacher_, 60, mixer.toStdString());
        config.stages[0].evaluate_every = 30;
        config.stages[0].frozen = {"*.mlp.*", "*layernorm*", "model.norm.*", "*embed*"};
        RecordingSink sink;
        const PipelineResult result =
            run_pipeline(config, fresh("distill-" + mixer.toStdString()), sink, go_on, std::nullopt);
        QCOMPARE(result.model, fresh("distill-" + mixer.toStdString()) / "final");
        const auto kl = sink.series("eval/kl");
        QCOMPARE(kl.size(), std::size_t{3});
        QVERIFY2(kl.at(60) < 0.5 * kl.at(0), qPrintable(QString("%1 -> %2").arg(kl.at(0)).arg(kl.at(60))));
        QVERIFY(sink.series("eval/agreement").at(60) > sink.series("eval/agreement").at(0));
        QCOMPARE(sink.series("loss_kl").size(), std::size_t{60});
        QCOMPARE(sink.series("loss_ce").size(), std::size_t{60});
        for (const char* phase : {"loading", "converting", "training", "evaluating", "saving"}) {
            QVERIFY2(sink.reported_phase(phase), phase);
        }
    }

    void a_run_can_be_ended_while_it_is_prepared() {
        RunConfig config = world_.distill(teacher_, 5);
        config.student.init = "calibrated";
        for (const std::string phase : {"loading", "converting"}) {
            for (const auto& [wish, end] : {std::pair{Wish::StopSave, StageEnd::Stopped},
                                            {Wish::StopDiscard, StageEnd::Stopped},
                                            {Wish::Release, StageEnd::Released}}) {
                RecordingSink sink;
                const fs::path run = fresh("ended-" + phase);
                const PipelineResult result = run_pipeline(
                    config, run, sink, [&] { return sink.reported_phase(phase) ? wish : Wish::Run; }, std::nullopt);
                QCOMPARE(result.end, end);
                QCOMPARE(result.step, std::int64_t{0});
                QVERIFY(!sink.reported_phase("training") && !fs::exists(run / "final"));
                QCOMPARE(sink.reported_phase("converting"), phase == "converting");
            }
        }
    }

    void frozen_tensors_and_the_teacher_stay_as_they_are() {
        const ParamSet before = weights_of(teacher_).clone();
        RunConfig config = world_.distill(teacher_, 5);
        config.stages[0].frozen = {"*.mlp.*", "*layernorm*", "model.norm.*", "*embed*"};
        RecordingSink sink;
        const PipelineResult result = run_pipeline(config, fresh("frozen"), sink, go_on, std::nullopt);
        const ParamSet student = weights_of(result.model);
        QVERIFY(equal(before, weights_of(teacher_)));
        int same = 0, changed = 0;
        for (const auto& [name, tensor] : student.all()) {
            if (!before.contains(name)) continue;
            (at::equal(tensor, before.at(name)) ? same : changed) += 1;
            const bool learns = name.find("self_attn") != std::string::npos;
            QCOMPARE(at::equal(tensor, before.at(name)), !learns);
        }
        QVERIFY(same > 0 && changed > 0);
        const at::Tensor& gated_norm = student.at("model.layers.0.mamba.norm.weight");
        QVERIFY(!at::equal(gated_norm, at::ones_like(gated_norm)));
    }

    void stages_follow_each_other_and_can_be_resumed() {
        RunConfig config = world_.distill(teacher_, 6);
        config.deterministic = true;
        config.stages.push_back(world_.stage("pretrain", 5));
        config.stages[1].frozen = {"*embed*"};
        for (StageConfig& stage : config.stages) stage.checkpoint_every = 3;
        RecordingSink whole, first, second;
        const PipelineResult reference = run_pipeline(config, fresh("whole"), whole, go_on, std::nullopt);
        QCOMPARE(whole.series("loss").size(), std::size_t{11});

        for (const std::int64_t stop : {2, 6, 8}) {
            const fs::path run = fresh("stopped-" + std::to_string(stop));
            RecordingSink before, resumed;
            const PipelineResult stopped =
                run_pipeline(config, run, before, after(before, stop, Wish::StopSave), std::nullopt);
            QCOMPARE(stopped.end, StageEnd::Stopped);
            QCOMPARE(stopped.step, stop);
            QVERIFY(!fs::exists(run / "final"));
            const PipelineResult done = run_pipeline(config, run, resumed, go_on, newest_checkpoint(run));
            QCOMPARE(done.end, StageEnd::Completed);
            // Not QCOMPARE: it takes doubles that are nearly equal for equal.
            for (const auto& [step, loss] : resumed.series("loss")) QVERIFY(loss == whole.series("loss").at(step));
            QVERIFY(equal(weights_of(reference.model), weights_of(done.model)));
        }
    }

    void an_existing_student_is_trained_on() {
        RunConfig config = world_.distill(teacher_, 4);
        RecordingSink sink;
        const PipelineResult first = run_pipeline(config, fresh("first"), sink, go_on, std::nullopt);
        config.student = {};
        config.student.from = first.model.string();
        RecordingSink more;
        run_pipeline(config, fresh("more"), more, go_on, std::nullopt);
        QVERIFY(qAbs(more.series("eval/kl").at(0) - sink.series("eval/kl").at(4)) < 1e-6);
    }

    void log_lines_become_events() {
        RunConfig config = world_.distill(teacher_, 1);
        config.stages[0].held_out.share = 0;
        RecordingSink sink;
        run_pipeline(config, fresh("logged"), sink, go_on, std::nullopt);
        QCOMPARE(sink.all<LogLine>().front().level, std::string("warn"));
    }

    void an_existing_output_folder_is_refused_before_work() {
        RunConfig config = world_.distill(teacher_, 1);
        config.out = teacher_.string();
        RecordingSink sink;
        expect_error(ErrorCode::Usage, [&] { run_pipeline(config, fresh("exists"), sink, go_on, std::nullopt); });
        QVERIFY(sink.events.empty());
    }

    void a_damaged_checkpoint_is_refused() {
        RunConfig config = world_.distill(teacher_, 4);
        RecordingSink sink;
        const fs::path run = fresh("damaged");
        run_pipeline(config, run, sink, after(sink, 2, Wish::StopSave), std::nullopt);
        const fs::path file = *newest_checkpoint(run) / "trainer.safetensors";
        std::string bytes = read_file(file);
        bytes.back() = static_cast<char>(bytes.back() ^ 1);
        std::ofstream(file, std::ios::binary) << bytes;
        expect_error(ErrorCode::BadFile, [&] { run_pipeline(config, run, sink, go_on, newest_checkpoint(run)); });
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstRunPipeline)
#include "tst_run_pipeline.moc"
