// Which settings of a recipe need each other; each refusal names its key.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/run_config.h"

#include <QtTest>
#include <functional>

#include "tests/support/expect_error.h"

using namespace molt;

namespace {

RunConfig distilling() {
    RunConfig config;
    config.teacher = "teacher";
    StageConfig& stage = config.stages.emplace_back();
    stage.data.path = "text.txt";
    stage.steps = 10;
    return config;
}

RunConfig from_scratch() {
    RunConfig config = distilling();
    config.teacher.clear();
    config.tokenizer = "tok.model";
    config.model.hidden_size = 64;
    config.stages[0].kind = "pretrain";
    return config;
}

void refused(RunConfig config, std::string_view key, const std::function<void(RunConfig&)>& change) {
    change(config);
    const Error error = expect_error(ErrorCode::BadConfig, [&] { config.validate(); });
    QVERIFY2(std::string(error.what()).starts_with(key), error.what());
}

}  // namespace

class TstRunConfig : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void complete_recipes_pass() {
        distilling().validate();
        from_scratch().validate();
        RunConfig going_on = distilling();
        going_on.stages[0].kind = "pretrain";
        going_on.teacher.clear();
        going_on.student.from = "hybrid";
        going_on.validate();
        RunConfig by_tokens = distilling();
        by_tokens.stages[0].steps = 0;
        by_tokens.stages[0].tokens = 1000;
        by_tokens.validate();
    }

    void what_is_missing_is_named() {
        refused(distilling(), "stages", [](RunConfig& c) { c.stages.clear(); });
        refused(distilling(), "stages.0.data", [](RunConfig& c) { c.stages[0].data.path.clear(); });
        refused(distilling(), "stages.0.steps", [](RunConfig& c) { c.stages[0].steps = 0; });
        refused(distilling(), "teacher", [](RunConfig& c) { c.teacher.clear(); });
        refused(from_scratch(), "teacher", [](RunConfig& c) { c.model.hidden_size = 0; });
        refused(from_scratch(), "teacher", [](RunConfig& c) { c.stages[0].kind = "distill"; });
        refused(from_scratch(), "tokenizer", [](RunConfig& c) { c.tokenizer.clear(); });
    }

    void what_contradicts_itself_is_named() {
        refused(distilling(), "stages.0.warmup_steps", [](RunConfig& c) { c.stages[0].warmup_steps = 11; });
        refused(distilling(), "stages.0.min_learning_rate", [](RunConfig& c) { c.stages[0].min_learning_rate = 1; });
        refused(distilling(), "stages.0.trained", [](RunConfig& c) { c.stages[0].trained.clear(); });
        refused(distilling(), "stages.0.kl_weight",
                [](RunConfig& c) { c.stages[0].distill.kl_weight = c.stages[0].distill.ce_weight = 0; });
        refused(from_scratch(), "model.num_heads", [](RunConfig& c) { c.model.num_heads = 5; });
        refused(from_scratch(), "model.num_kv_heads", [](RunConfig& c) { c.model.num_kv_heads = 3; });
    }

    void ranges_count_for_structs_filled_by_hand() {
        refused(distilling(), "stages.0.batch_size", [](RunConfig& c) { c.stages[0].batch_size = 0; });
        refused(distilling(), "student.placement", [](RunConfig& c) { c.student.placement = "nowhere"; });
    }
};

QTEST_GUILESS_MAIN(TstRunConfig)
#include "tst_run_config.moc"
