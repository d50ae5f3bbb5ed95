// Whole models: windows equal whole rows, refused tokens leave no trace, packed documents do not see each other.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Parallel.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/tensor.h>

#include "core/base/error.h"
#include "tests/support/expect_error.h"
#include "tests/support/tiny_model.h"

#include <QtTest>
#include <random>

using namespace molt;

namespace {

using Plan = std::vector<MixerKind>;
constexpr MixerKind A = MixerKind::Attention, M1 = MixerKind::Mamba1, M2 = MixerKind::Mamba2;

const std::vector<std::pair<const char*, Plan>>& plans() {
    static const std::vector<std::pair<const char*, Plan>> list{
        {"transformer", {A, A, A, A}}, {"mamba1_50", {M1, A, M1, A}},  {"mamba1_0", {M1, M1, M1, M1}},
        {"mamba2_50", {M2, A, M2, A}}, {"mamba2_0", {M2, M2, M2, M2}}, {"mixed", {M1, M2, A, M2}}};
    return list;
}

constexpr int kPureMamba1 = -1, kPureMamba2 = -2;

void add_plans() {
    QTest::addColumn<int>("plan");
    for (std::size_t i = 0; i < plans().size(); ++i) QTest::newRow(plans()[i].first) << static_cast<int>(i);
    QTest::newRow("pure_mamba1") << kPureMamba1;
    QTest::newRow("pure_mamba2") << kPureMamba2;
}

HybridModel model_of(int plan, at::ScalarType dtype) {
    if (plan == kPureMamba1) return tiny_pure_model(M1, 3, 7, dtype);
    if (plan == kPureMamba2) return tiny_pure_model(M2, 3, 7, dtype);
    return tiny_model(plans()[static_cast<std::size_t>(plan)].second, 7, dtype);
}

at::Tensor whole(const HybridModel& model, const at::Tensor& ids) {
    const at::NoGradGuard no_grad;
    return model.logits(model.hidden(ids, {}, nullptr));
}

at::Tensor in_windows(const HybridModel& model, const at::Tensor& ids, std::int64_t window) {
    const at::NoGradGuard no_grad;
    ModelState state = model.new_state(ids.size(0));
    std::vector<at::Tensor> outputs;
    for (std::int64_t begin = 0; begin < ids.size(1); begin += window) {
        const at::Tensor part = ids.narrow(1, begin, std::min(window, ids.size(1) - begin));
        outputs.push_back(model.logits(model.hidden(part, {}, &state)));
        state.accept_all();
    }
    return at::cat(outputs, 1);
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void windows_equal_the_whole_row_data() { add_plans(); }
    void windows_equal_the_whole_row() {
        QFETCH(int, plan);
        for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
            const HybridModel model = model_of(plan, dtype);
            const at::Tensor ids = random_ids(2, 29, 64, 3);
            const at::Tensor expected = whole(model, ids);
            for (const std::int64_t window : {1, 3, 7, 29}) {
                const double difference = max_difference(in_windows(model, ids, window), expected);
                QVERIFY2(difference <= (dtype == at::kFloat ? 1e-4 : 1e-10),
                         qPrintable(QString("window %1: %2").arg(window).arg(difference)));
            }
        }
    }

    void short_windows_have_the_bits_of_single_tokens_data() { add_plans(); }
    /// What lets a draft be verified in one window without changing what the model says.
    void short_windows_have_the_bits_of_single_tokens() {
        QFETCH(int, plan);
        for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
            const HybridModel model = model_of(plan, dtype);
            const at::Tensor ids = random_ids(2, 29, 64, 3), single = in_windows(model, ids, 1);
            for (const std::int64_t window : {2, 3, 7, 8}) QVERIFY(in_windows(model, ids, window).equal(single));
        }
    }

    void refused_tokens_leave_no_trace_data() { add_plans(); }
    /// Rows accept different random counts of windows whose refused tokens are other than the true text.
    void refused_tokens_leave_no_trace() {
        QFETCH(int, plan);
        const at::NoGradGuard no_grad;
        const HybridModel model = model_of(plan, at::kDouble);
        constexpr std::int64_t rows = 3, tokens = 40, window = 5;
        const at::Tensor text = random_ids(rows, tokens, 64, 11);
        const at::Tensor expected = whole(model, text);
        std::mt19937 random(5);
        ModelState state = model.new_state(rows);
        std::vector<std::int64_t> position(rows, 0);
        for (int round = 0; round < 12; ++round) {
            at::Tensor ids = random_ids(rows, window, 64, 100 + static_cast<std::uint64_t>(round));
            std::vector<std::int64_t> kept(rows);
            for (std::int64_t b = 0; b < rows; ++b) {
                auto& at_token = position[static_cast<std::size_t>(b)];
                const auto keep =
                    std::min<std::int64_t>(static_cast<std::int64_t>(random() % (window + 1)), tokens - at_token);
                if (keep > 0) ids.select(0, b).narrow(0, 0, keep).copy_(text.select(0, b).narrow(0, at_token, keep));
                kept[static_cast<std::size_t>(b)] = keep;
            }
            const at::Tensor logits = model.logits(model.hidden(ids, {}, &state));
            for (std::int64_t b = 0; b < rows; ++b) {
                auto& at_token = position[static_cast<std::size_t>(b)];
                const std::int64_t keep = kept[static_cast<std::size_t>(b)];
                const double difference = max_difference(logits.select(0, b).narrow(0, 0, keep),
                                                         expected.select(0, b).narrow(0, at_token, keep));
                QVERIFY2(difference <= 1e-10, qPrintable(QString("round %1: %2").arg(round).arg(difference)));
                at_token += keep;
            }
            state.accept(kept);
        }
    }

    void a_clone_goes_its_own_way_data() { add_plans(); }
    void a_clone_goes_its_own_way() {
        QFETCH(int, plan);
        const at::NoGradGuard no_grad;
        const HybridModel model = model_of(plan, at::kDouble);
        const at::Tensor ids = random_ids(1, 12, 64, 4), other = random_ids(1, 6, 64, 5);
        const at::Tensor expected = whole(model, ids);
        ModelState state = model.new_state(1);
        model.hidden(ids.narrow(1, 0, 6), {}, &state);
        state.accept_all();
        ModelState branch = state.clone();
        model.hidden(other, {}, &branch);
        branch.accept_all();
        const at::Tensor rest = model.logits(model.hidden(ids.narrow(1, 6, 6), {}, &state));
        QVERIFY(max_difference(rest, expected.narrow(1, 6, 6)) <= 1e-10);
    }

    void packed_documents_do_not_see_each_other_data() { add_plans(); }
    void packed_documents_do_not_see_each_other() {
        QFETCH(int, plan);
        const HybridModel model = model_of(plan, at::kDouble);
        const at::NoGradGuard no_grad;
        const at::Tensor first = random_ids(1, 9, 64, 8), second = random_ids(1, 13, 64, 9);
        const at::Tensor segment = at::cat({at::full_like(first, 0), at::full_like(second, 1)}, 1);
        const at::Tensor packed = model.logits(model.hidden(at::cat({first, second}, 1), segment, nullptr));
        QVERIFY(max_difference(packed.narrow(1, 0, 9), whole(model, first)) <= 1e-10);
        QVERIFY(max_difference(packed.narrow(1, 9, 13), whole(model, second)) <= 1e-10);
    }

    void gradients_reach_every_parameter_data() { add_plans(); }
    void gradients_reach_every_parameter() {
        QFETCH(int, plan);
        HybridModel model = model_of(plan, at::kDouble);
        const std::vector<std::string> all{"*"};
        QVERIFY(model.params().set_trainable(all, {}).empty());
        model.logits(model.hidden(random_ids(1, 10, 64, 2), {}, nullptr)).square().mean().backward();
        for (const auto& [name, tensor] : model.params().all()) {
            QVERIFY2(tensor.grad().defined() && tensor.grad().abs().max().item<double>() > 0, name.c_str());
        }
    }

    void an_id_outside_the_vocabulary_is_named() {
        const HybridModel model = model_of(0, at::kFloat);
        const at::Tensor ids = at::tensor(at::ArrayRef<std::int64_t>{1, 64}, at::kLong).unsqueeze(0);
        const Error error = expect_error(ErrorCode::Mismatch, [&] { model.hidden(ids, {}, nullptr); });
        QVERIFY(std::string(error.what()).find("64") != std::string::npos);
    }

    void a_missing_tensor_is_named() {
        HybridModel model = model_of(3, at::kFloat);
        ParamSet params = model.params();
        params.erase("model.layers.2.mamba.D");
        const Error error = expect_error(ErrorCode::BadFile, [&] { HybridModel(model.config(), params); });
        QVERIFY(std::string(error.what()).find("model.layers.2.mamba.D") != std::string::npos);
    }

    void a_state_without_attention_does_not_grow_with_the_text_data() {
        QTest::addColumn<int>("plan");
        QTest::newRow("mamba2_0") << 4;
        QTest::newRow("pure_mamba1") << kPureMamba1;
        QTest::newRow("pure_mamba2") << kPureMamba2;
    }
    void a_state_without_attention_does_not_grow_with_the_text() {
        QFETCH(int, plan);
        const at::NoGradGuard no_grad;
        const HybridModel model = model_of(plan, at::kFloat);
        ModelState state = model.new_state(1);
        model.hidden(random_ids(1, 4, 64, 1), {}, &state);
        state.accept_all();
        const std::int64_t bytes = state.bytes();
        model.hidden(random_ids(1, 300, 64, 1), {}, &state);
        state.accept_all();
        QCOMPARE(state.bytes(), bytes);
        QCOMPARE(bytes, model.config().state_bytes_per_sequence());
    }
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_hybrid_model.moc"
