// Tests of core/train/teacher_cache.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>

#include "core/train/teacher_cache.h"

#include <QtTest>

#include "core/base/workers.h"
#include "core/data/packing.h"
#include "core/train/gradients.h"
#include "core/train/new_model.h"
#include "tests/support/byte_tokenizer.h"

namespace molt {

namespace {

HybridModel model_of() {
    ShapeConfig shape{.hidden_size = 16, .intermediate_size = 32, .num_layers = 2, .num_heads = 2, .max_position = 64};
    const ModelConfig config = new_model_config(shape, ByteTokenizer());
    return HybridModel(config, draw_parameters(config, 4));
}

Corpus corpus_of(const std::vector<std::int64_t>& lengths) {
    Corpus corpus;
    for (const std::int64_t length : lengths) {
        std::vector<TokenId> document;
        for (std::int64_t i = 0; i < length; ++i) document.push_back((i * 37 + length * 11) % 256);
        corpus.add(document);
    }
    return corpus;
}

}  // namespace

class TstTeacherCache : public QObject {
    Q_OBJECT

    HybridModel teacher_ = model_of();
    Corpus corpus_ = corpus_of({100, 7, 9, 200, 5});

    Batch batch(const std::vector<std::int64_t>& starts) { return pack_rows(corpus_, starts, 16); }

private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void kept_states_are_the_teachers() {
        const at::NoGradGuard no_grad;
        TeacherCache cache(teacher_);
        for (int round = 0; round < 2; ++round) {
            for (const auto& starts : {std::vector<std::int64_t>{0, 96, 32}, {96, 112}, {0}}) {
                const Batch rows = batch(starts);
                const at::Tensor expected = teacher_.hidden(rows.ids_BT, rows.segment_BT, nullptr);
                QVERIFY(at::allclose(cache.hidden(rows), expected, 1e-5, 1e-5));
            }
        }
    }

    void a_row_has_the_same_bits_whatever_it_was_first_seen_with() {
        const Batch wanted = batch({32});
        TeacherCache alone(teacher_), after(teacher_), split(teacher_);
        const at::Tensor expected = alone.hidden(wanted);
        // Row 96 touches three documents, so that this batch has segments.
        QVERIFY(at::equal(after.hidden(batch({0, 96, 32}))[2], expected[0]));
        QVERIFY(at::equal(after.hidden(wanted), expected));
        const Batch many = batch({0, 16, 32, 48, 64, 80, 96, 112});
        Workers workers(4);
        workers.run(4, [&](std::int64_t part) { split.hidden(rows_of(many, 2 * part, 2)); });
        QVERIFY(at::equal(split.hidden(wanted), expected));
    }

    void no_gradients_are_kept() {
        teacher_.params().set_trainable(std::vector<std::string>{"*"}, {});
        TeacherCache cache(teacher_);
        QVERIFY(!cache.hidden(batch({0, 16})).requires_grad());
        teacher_.params().set_trainable({}, {});
    }

    void it_is_for_rows_that_come_back_and_fit() {
        StageConfig stage;
        stage.steps = 10;
        stage.batch_size = 4;
        stage.sequence_length = 16;
        const ModelConfig& config = teacher_.config();
        QCOMPARE(teacher_cache_bytes(stage, config, 30 * 16 + 1), std::int64_t{30 * 16 * 16 * 4});
        QCOMPARE(teacher_cache_bytes(stage, config, 40 * 16 + 1), std::int64_t{0});
        stage.steps = 1'000'000'000;
        QCOMPARE(teacher_cache_bytes(stage, config, std::int64_t{1} << 40), std::int64_t{0});
        stage.kind = "pretrain";
        QCOMPARE(teacher_cache_bytes(stage, config, 30 * 16 + 1), std::int64_t{0});
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstTeacherCache)
#include "tst_teacher_cache.moc"
