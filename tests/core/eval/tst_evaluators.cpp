// Tests of core/eval/evaluators.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/softmax.h>

#include "core/eval/evaluators.h"

#include <QtTest>
#include <cmath>

#include "core/train/new_model.h"
#include "tests/support/byte_tokenizer.h"
#include "tests/support/expect_error.h"

namespace molt {

namespace {

HybridModel model_of(std::uint64_t seed, double scale = 8.0) {
    ShapeConfig shape{.hidden_size = 16, .intermediate_size = 32, .num_layers = 2, .num_heads = 2, .max_position = 64};
    const ModelConfig config = new_model_config(shape, ByteTokenizer());
    ParamSet params = draw_parameters(config, seed).to(at::kDouble);
    // Larger weights make distributions that differ from the uniform one.
    for (const auto& [name, tensor] : params.all()) tensor.mul_(scale);
    return HybridModel(config, std::move(params));
}

std::vector<Batch> batches() {
    std::vector<Batch> list;
    for (const std::int64_t rows : {3, 2}) {
        Batch batch;
        batch.ids_BT = at::randint(258, {rows, 20}, at::kLong);
        batch.target_BT = at::randint(258, {rows, 20}, at::kLong);
        batch.target_BT.narrow(1, 5, 3).fill_(-100);
        batch.valid_tokens = rows * 17;
        list.push_back(batch);
    }
    return list;
}

}  // namespace

class TstEvaluators : public QObject {
    Q_OBJECT

    HybridModel model_ = model_of(1), teacher_ = model_of(2);
    std::vector<Batch> batches_ = batches();

private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void scores_equal_the_sums_token_by_token() {
        const at::NoGradGuard no_grad;
        double loss = 0, kl = 0, agreed = 0;
        std::int64_t tokens = 0;
        for (const Batch& batch : batches_) {
            const at::Tensor q = model_.logits(model_.hidden(batch.ids_BT, {}, nullptr)).softmax(-1);
            const at::Tensor p = teacher_.logits(teacher_.hidden(batch.ids_BT, {}, nullptr)).softmax(-1);
            for (std::int64_t b = 0; b < batch.ids_BT.size(0); ++b) {
                for (std::int64_t t = 0; t < 20; ++t) {
                    const auto target = batch.target_BT[b][t].item<std::int64_t>();
                    if (target < 0) continue;
                    loss -= std::log(q[b][t][target].item<double>());
                    kl += (p[b][t] * (p[b][t].log() - q[b][t].log())).sum().item<double>();
                    agreed += p[b][t].argmax().item<std::int64_t>() == q[b][t].argmax().item<std::int64_t>() ? 1 : 0;
                    ++tokens;
                }
            }
        }
        const LanguageScore result = score(model_, &teacher_, batches_);
        const auto n = static_cast<double>(tokens);
        QCOMPARE(result.tokens, tokens);
        QVERIFY(std::abs(result.loss - loss / n) < 1e-10);
        QVERIFY(std::abs(result.kl - kl / n) < 1e-10);
        QVERIFY(std::abs(result.agreement - agreed / n) < 1e-12);
        QVERIFY(result.kl > 0.01);
    }

    void a_model_agrees_with_itself() {
        const LanguageScore result = score(model_, &model_, batches_);
        QVERIFY(std::abs(result.kl) < 1e-14);
        QCOMPARE(result.agreement, 1.0);
    }

    void without_a_teacher_only_the_loss_is_known() {
        const LanguageScore result = score(model_, nullptr, batches_);
        QCOMPARE(result.loss, score(model_, &teacher_, batches_).loss);
        QCOMPARE(result.kl, 0.0);
        QCOMPARE(result.agreement, 0.0);
    }

    void workers_change_nothing() {
        Workers workers(3);
        const LanguageScore alone = score(model_, &teacher_, batches_);
        const LanguageScore shared = score(model_, &teacher_, batches_, &workers);
        QVERIFY(shared.loss == alone.loss);
        QVERIFY(shared.kl == alone.kl);
        QCOMPARE(score(model_, &teacher_, {}, &workers).tokens, std::int64_t{0});
    }

    void another_vocabulary_is_a_mismatch() {
        ModelConfig config = model_.config();
        config.vocab_size = 100;
        const HybridModel other(config, draw_parameters(config, 1).to(at::kDouble));
        expect_error(ErrorCode::Mismatch, [&] { score(model_, &other, batches_); });
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstEvaluators)
#include "tst_evaluators.moc"
