// Tests of core/train/run_setup and run_plan: what is refused before a run starts, and what is promised.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include "core/train/run_setup.h"

#include <QtTest>
#include <fstream>

#include "core/base/files.h"
#include "core/data/packing.h"
#include "core/eval/evaluators.h"
#include "core/model/checkpoint.h"
#include "core/train/new_model.h"
#include "core/train/run_plan.h"
#include "tests/support/expect_error.h"
#include "tests/support/tiny_world.h"

namespace molt {

namespace fs = std::filesystem;

class TstRunSetup : public QObject {
    Q_OBJECT

    TemporaryFolder folder_;
    TinyWorld world_{folder_.path()};
    fs::path teacher_ = folder_.path() / "teacher";

    RunSetup set_up(const RunConfig& config) {
        return set_up_run(config, std::nullopt, [](std::string_view, double) {});
    }
    Error refused(ErrorCode code, const RunConfig& config) {
        const Error error = expect_error(code, [&] { plan_run(config, folder_.path()); });
        expect_error(code, [&] { set_up(config); });
        return error;
    }

private Q_SLOTS:
    void initTestCase() {
        at::set_num_threads(1);
        const RunConfig config = world_.pretrain(1);
        const auto tokenizer = Tokenizer::load(folder_.path() / "tok.bin");
        const ModelConfig model = new_model_config(config.model, *tokenizer);
        fs::create_directories(teacher_);
        Checkpoint::write_files(teacher_, model, draw_parameters(model, 3), json());
        fs::copy(folder_.path() / "tok.bin", teacher_ / "tok.bin");
    }

    void frozen_tensors_are_shared_and_learning_ones_are_not() {
        RunConfig config = world_.distill(teacher_, 1);
        config.stages[0].frozen = {"*.mlp.*"};
        const RunSetup setup = set_up(config);
        const auto pointer = [](const HybridModel& model, const char* name) {
            return model.params().at(name).const_data_ptr();
        };
        const char* frozen = "model.layers.0.mlp.up_proj.weight";
        const char* learning = "model.layers.1.self_attn.q_proj.weight";
        QCOMPARE(pointer(*setup.student, frozen), pointer(*setup.teacher, frozen));
        QVERIFY(pointer(*setup.student, learning) != pointer(*setup.teacher, learning));
    }

    void equal_data_is_read_once() {
        RunConfig config = world_.distill(teacher_, 1);
        config.stages.push_back(config.stages[0]);
        config.stages.push_back(config.stages[0]);
        config.stages[2].held_out.share = 0.2;
        const RunSetup setup = set_up(config);
        QCOMPARE(setup.data[0].get(), setup.data[1].get());
        QVERIFY(setup.data[0].get() != setup.data[2].get());
    }

    void the_calibrated_start_is_nearer_to_the_teacher() {
        const auto kl = [&](const std::string& init) {
            RunConfig config = world_.distill(teacher_, 1);
            config.student.init = init;
            const RunSetup setup = set_up(config);
            return score(*setup.student, setup.teacher.get(), evaluation_batches(setup.data[0]->held_out, 4, 32, 512))
                .kl;
        };
        const double copied = kl("copy"), calibrated = kl("calibrated");
        QVERIFY2(calibrated < copied, qPrintable(QString("%1 and %2").arg(calibrated).arg(copied)));
    }

    void an_unknown_glob_is_a_configuration_error() {
        RunConfig config = world_.distill(teacher_, 1);
        config.stages[0].frozen = {"model.layers.0.mlp.up_prj.weight"};
        const Error error = refused(ErrorCode::BadConfig, config);
        QVERIFY2(std::string(error.hint()).find("up_proj") != std::string::npos, error.hint().c_str());
    }

    void freezing_everything_is_a_configuration_error() {
        RunConfig config = world_.distill(teacher_, 1);
        config.stages[0].frozen = {"*"};
        refused(ErrorCode::BadConfig, config);
    }

    void another_vocabulary_is_a_mismatch() {
        RunConfig config = world_.distill(teacher_, 1);
        ModelConfig other = Checkpoint::load_header(teacher_).config;
        other.vocab_size += 10;
        const fs::path student = folder_.path() / "other";
        fs::create_directories(student);
        Checkpoint::write_files(student, other, draw_parameters(other, 1), json());
        config.student.from = student.string();
        refused(ErrorCode::Mismatch, config);
    }

    void a_tokenizer_that_is_too_large_is_a_mismatch() {
        RunConfig config = world_.distill(teacher_, 1);
        ModelConfig other = Checkpoint::load_header(teacher_).config;
        other.vocab_size = 100;
        const fs::path small = folder_.path() / "small";
        fs::create_directories(small);
        Checkpoint::write_files(small, other, draw_parameters(other, 1), json());
        config.teacher = small.string();
        config.tokenizer = (folder_.path() / "tok.bin").string();
        refused(ErrorCode::Mismatch, config);
    }

    void rows_beyond_the_context_are_a_mismatch() {
        RunConfig config = world_.distill(teacher_, 1);
        config.stages[0].sequence_length = 65;
        refused(ErrorCode::Mismatch, config);
    }

    void too_little_data_is_a_mismatch() {
        std::ofstream(folder_.path() / "short.txt") << "short";
        RunConfig config = world_.distill(teacher_, 1);
        config.stages[0].data.path = (folder_.path() / "short.txt").string();
        refused(ErrorCode::Mismatch, config);
    }

    void missing_files_are_named() {
        RunConfig config = world_.distill(folder_.path() / "nowhere", 1);
        refused(ErrorCode::NotFound, config);
        config = world_.distill(teacher_, 1);
        config.stages[0].data.path = (folder_.path() / "nowhere.txt").string();
        refused(ErrorCode::NotFound, config);
    }

    void a_gpu_that_is_not_there_is_a_device_error() {
        RunConfig config = world_.distill(teacher_, 1);
        config.device = "cuda";
        refused(ErrorCode::Device, config);
    }

    void attention_layers_out_of_range_are_a_configuration_error() {
        RunConfig config = world_.distill(teacher_, 1);
        config.student.attention.layers = {7};
        refused(ErrorCode::BadConfig, config);
    }

    void the_plan_counts_what_will_happen() {
        RunConfig config = world_.distill(teacher_, 10);
        config.stages[0].accumulation = 2;
        config.stages[0].frozen = {"*.mlp.*"};
        const RunPlan plan = plan_run(config, folder_.path() / "run");
        QCOMPARE(plan.layers, (std::vector<std::string>{"mamba2", "attention"}));
        const StagePlan& stage = plan.stages.at(0);
        QCOMPARE(stage.steps, std::int64_t{10});
        QCOMPARE(stage.tokens, std::int64_t{10 * 2 * 4 * 32});
        QCOMPARE(stage.frozen_parameters, std::int64_t{2 * 3 * 32 * 64});
        QCOMPARE(stage.trained_parameters + stage.frozen_parameters, plan.student_parameters);
        QVERIFY(stage.train_tokens > 20000 && stage.held_out_tokens > 1000);
        QVERIFY(stage.memory_bytes > 0 && plan.disk_bytes > 0);
        QVERIFY(!fs::exists(folder_.path() / "run"));
        bool warned = false;
        for (const std::string& warning : plan.warnings)
            warned = warned || warning.find("no checkpoints") != std::string::npos;
        QVERIFY(warned);
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstRunSetup)
#include "tst_run_setup.moc"
