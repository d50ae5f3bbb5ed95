// Tests of core/train/gradients.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>

#include "core/train/gradients.h"

#include <QtTest>
#include <cmath>

#include "core/data/packing.h"
#include "core/train/new_model.h"
#include "core/train/pretrain_stage.h"
#include "tests/support/byte_tokenizer.h"

namespace molt {

namespace {

HybridModel model_of() {
    ShapeConfig shape{.hidden_size = 16, .intermediate_size = 32, .num_layers = 2, .num_heads = 2, .max_position = 64};
    const ModelConfig config = new_model_config(shape, ByteTokenizer());
    HybridModel model(config, draw_parameters(config, 4).to(at::kDouble));
    model.params().set_trainable(std::vector<std::string>{"*"}, {});
    return model;
}

/// Documents of different lengths, so that rows have different numbers of targets.
std::shared_ptr<const Corpus> corpus_of() {
    auto corpus = std::make_shared<Corpus>();
    for (std::int64_t length = 3; length < 60; length += 4) {
        std::vector<TokenId> document;
        for (std::int64_t i = 0; i < length; ++i) document.push_back((i * 37 + length * 11) % 256);
        corpus->add(document);
    }
    return corpus;
}

}  // namespace

class TstGradients : public QObject {
    Q_OBJECT

    HybridModel model_ = model_of();
    std::shared_ptr<const Corpus> corpus_ = corpus_of();
    PretrainStage stage_{model_, {Loader(corpus_, {.batch_size = 1, .sequence_length = 16}), {}, nullptr}};
    NamedTensors learning_ = model_.params().trainable();

    std::vector<Batch> batches(std::vector<std::int64_t> row_counts) {
        std::vector<Batch> list;
        std::int64_t next = 0;
        for (const std::int64_t count : row_counts) {
            std::vector<std::int64_t> starts;
            for (std::int64_t i = 0; i < count; ++i) starts.push_back(16 * next++);
            list.push_back(pack_rows(*corpus_, starts, 16));
        }
        return list;
    }
    std::vector<at::Tensor> gradients(const std::vector<Batch>& list, std::int64_t threads, StepLoss* loss = nullptr) {
        for (auto& [name, tensor] : learning_) tensor.mutable_grad() = at::Tensor();
        Workers workers(threads);
        const StepLoss sum = add_gradients(stage_, list, learning_, workers);
        if (loss != nullptr) *loss = sum;
        std::vector<at::Tensor> values;
        for (const auto& [name, tensor] : learning_) values.push_back(tensor.grad().clone());
        return values;
    }

private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void splitting_and_accumulating_give_the_gradient_of_the_whole() {
        StepLoss whole, other;
        const auto expected = gradients(batches({12}), 1, &whole);
        for (const auto& counts : {std::vector<std::int64_t>{12}, {4, 4, 4}, {1, 11}, {5, 7}}) {
            for (const std::int64_t threads : {1, 2, 3, 5, 16}) {
                const auto found = gradients(batches(counts), threads, &other);
                QVERIFY(std::abs(other.loss - whole.loss) < 1e-12);
                QCOMPARE(other.tokens, whole.tokens);
                for (std::size_t i = 0; i < found.size(); ++i) {
                    QVERIFY2(at::allclose(found[i], expected[i], 1e-9, 1e-12), learning_[i].first.c_str());
                }
            }
        }
    }

    void the_same_threads_give_the_same_bits() {
        const auto list = batches({12});
        const auto first = gradients(list, 3);
        for (int round = 0; round < 5; ++round) {
            const auto again = gradients(list, 3);
            for (std::size_t i = 0; i < first.size(); ++i) QVERIFY(at::equal(first[i], again[i]));
        }
    }

    void rows_keep_targets_and_documents() {
        const Batch batch = batches({6})[0];
        std::int64_t valid = 0;
        for (std::int64_t row = 0; row < 6; ++row) {
            const Batch part = rows_of(batch, row, 1);
            QVERIFY(at::equal(part.ids_BT[0], batch.ids_BT[row]));
            QVERIFY(at::equal(part.segment_BT[0], batch.segment_BT[row]));
            valid += part.valid_tokens;
        }
        QCOMPARE(valid, batch.valid_tokens);
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstGradients)
#include "tst_gradients.moc"
