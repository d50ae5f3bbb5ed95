// Closed-form calibration: it reaches the least-squares optimum, repairs what stands before, and needs no data.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Parallel.h>
#include <ATen/ops/log_softmax.h>

#include "core/base/text.h"
#include "core/model/calibrate.h"
#include "tests/support/expect_error.h"
#include "tests/support/tiny_model.h"

#include <QtTest>

using namespace molt;

namespace {

constexpr MixerKind A = MixerKind::Attention, M1 = MixerKind::Mamba1, M2 = MixerKind::Mamba2;

HybridModel teacher() { return tiny_model({A, A, A, A}, 7, at::kDouble); }

double divergence(const HybridModel& model, const HybridModel& other, const at::Tensor& ids) {
    const at::NoGradGuard no_grad;
    const at::Tensor p = model.logits(model.hidden(ids, {}, nullptr)).log_softmax(-1);
    const at::Tensor q = other.logits(other.hidden(ids, {}, nullptr)).log_softmax(-1);
    return (p.exp() * (p - q)).sum(-1).mean().item<double>();
}

CalibrateOptions on(const at::Tensor& ids) {
    CalibrateOptions options;
    options.ids_NT = ids;
    return options;
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void a_calibrated_student_is_nearer_to_its_teacher_data() {
        QTest::addColumn<int>("kind");
        QTest::newRow("mamba1") << 1;
        QTest::newRow("mamba2") << 2;
    }
    void a_calibrated_student_is_nearer_to_its_teacher() {
        QFETCH(int, kind);
        const MixerKind mixer = kind == 1 ? M1 : M2;
        HybridModel student = tiny_model({mixer, A, mixer, mixer}, 7, at::kDouble);
        const at::Tensor held_out = random_ids(4, 32, 64, 99);
        const double before = divergence(teacher(), student, held_out);
        const auto fits = calibrate(teacher(), student, on(random_ids(64, 32, 64, 3)));
        const double after = divergence(teacher(), student, held_out);
        QVERIFY2(after < 0.9 * before, qPrintable(QString("%1 -> %2").arg(before).arg(after)));
        QCOMPARE(fits.size(), std::size_t{3});
        QCOMPARE(fits.back().layer, std::int64_t{3});
        for (const LayerFit& fit : fits) QVERIFY(fit.error > 0 && fit.error < 1);
    }

    /// A projection that a student could have had all along is found again.
    void a_target_within_reach_is_reached() {
        HybridModel student = tiny_model({A, M2, A, A}, 7, at::kDouble);
        const at::NoGradGuard no_grad;
        const HybridModel goal(student.config(), student.params().clone());
        const auto fits = calibrate(teacher(), student, on(random_ids(64, 32, 64, 3)));
        // The optimum beats the copied projection on the same text by construction.
        const at::Tensor ids = random_ids(64, 32, 64, 3);
        const at::Tensor x = teacher().mixer_input(
            1, teacher().add_mlp(
                   0, teacher().embed(ids) +
                          teacher().mixer(0).forward(teacher().mixer_input(0, teacher().embed(ids)), {}, nullptr)));
        const at::Tensor target = teacher().mixer(1).forward(x, {}, nullptr);
        const auto distance = [&](const HybridModel& model) {
            return ((model.mixer(1).forward(x, {}, nullptr) - target).square().sum() / target.square().sum())
                .item<double>();
        };
        QVERIFY(distance(student) < distance(goal));
        QVERIFY(std::abs(distance(student) - fits.front().error) < 1e-8);
        // Any step away from the solution makes it worse.
        const at::Tensor weight = student.params().at("model.layers.1.mamba.out_proj.weight");
        const double best = distance(student);
        weight.select(0, 3).select(0, 5).add_(0.05);
        QVERIFY(distance(student) > best);
    }

    void calibration_is_deterministic_and_needs_no_data() {
        ConvertOptions options{.mixers = {M2, A, M2, A}, .init = "calibrated", .seed = 5, .repeat_kv_before_conv = {}};
        const HybridModel original = teacher();
        const Converted one = convert(original.config(), original.params(), options);
        const Converted two = convert(original.config(), original.params(), options);
        for (const auto& [name, tensor] : one.params.all()) QVERIFY2(tensor.equal(two.params.at(name)), name.c_str());
        options.init = "copy";
        const Converted copied = convert(original.config(), original.params(), options);
        const std::string fitted = "model.layers.0.mamba.out_proj.weight";
        QVERIFY(!one.params.at(fitted).equal(copied.params.at(fitted)));
    }

    /// Weights in half precision are widened layer by layer; what is written stays as narrow as it was.
    void half_precision_is_kept_and_calibrated_as_well() {
        const HybridModel wide = teacher();
        const HybridModel narrow(wide.config(), wide.params().to(at::kBFloat16));
        ConvertOptions options{.mixers = {M2, A, M2, A}, .init = "calibrated", .seed = 5, .repeat_kv_before_conv = {}};
        options.calibration_ids_NT = random_ids(64, 32, 64, 3);
        const Converted fitted = convert(narrow.config(), narrow.params(), options);
        options.init = "copy";
        const Converted copied = convert(narrow.config(), narrow.params(), options);
        for (const auto& [name, tensor] : fitted.params.all())
            QVERIFY2(tensor.scalar_type() == at::kBFloat16, name.c_str());
        const at::Tensor held_out = random_ids(4, 32, 64, 99);
        const auto distance = [&](const Converted& made) {
            return divergence(wide, HybridModel(made.config, made.params.to(at::kDouble)), held_out);
        };
        const double before = distance(copied), after = distance(fitted);
        QVERIFY2(after < 0.9 * before, qPrintable(QString("%1 -> %2").arg(before).arg(after)));
    }

    void a_tensor_that_both_models_share_is_not_changed() {
        const HybridModel original = teacher();
        const ParamSet before = original.params().clone();
        ConvertOptions options{.mixers = {M1, A, M2, A}, .init = "calibrated", .seed = 5, .repeat_kv_before_conv = {}};
        convert(original.config(), original.params(), options);
        for (const auto& [name, tensor] : before.all())
            QVERIFY2(tensor.equal(original.params().at(name)), name.c_str());
    }

    void progress_rises_from_nothing_towards_all_and_may_end_the_work() {
        const HybridModel original = teacher();
        ConvertOptions options{.mixers = {M1, A, M2, A}, .init = "calibrated", .seed = 5, .repeat_kv_before_conv = {}};
        std::vector<double> shares;
        options.progress = [&](double share) { shares.push_back(share); };
        convert(original.config(), original.params(), options);
        QVERIFY(shares.size() > 8 && shares.front() < 0.1 && shares.back() > 0.7 && shares.back() < 1.0);
        QVERIFY(std::is_sorted(shares.begin(), shares.end()));
        options.progress = [&](double share) {
            if (share > 0.6) throw std::runtime_error("enough");
        };
        QVERIFY_THROWS_EXCEPTION(std::runtime_error, convert(original.config(), original.params(), options));
    }

    void the_teachers_text_starts_with_its_begin_token() {
        const at::Tensor text = teacher_text(teacher(), 3, 10, 1);
        QCOMPARE(text.sizes().vec(), (std::vector<std::int64_t>{3, 10}));
        QVERIFY(text.select(1, 0).eq(1).all().item<bool>());
        QVERIFY(text.equal(teacher_text(teacher(), 3, 10, 1)));
        QVERIFY(!text.equal(teacher_text(teacher(), 3, 10, 2)));
    }

    void models_of_other_widths_do_not_fit() {
        HybridModel student = tiny_model({M2, A}, 7, at::kDouble);
        expect_error(ErrorCode::Mismatch, [&] { calibrate(teacher(), student, on(random_ids(2, 8, 64, 3))); });
    }
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_calibrate.moc"
