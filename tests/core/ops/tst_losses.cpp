// cross_entropy() and distill_loss(): stored results, gradients, masks, chunks, temperature, extreme logits.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/losses.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include "core/base/platform.h"
#include "tests/support/fixture_tensors.h"
#include "tests/support/gradient_check.h"

#include <QtTest>

using namespace molt;
using namespace molt::testing;

namespace {

struct Case {
    at::Tensor student, student_head, teacher, teacher_head, target;
};

Case random_case(at::ScalarType type = at::kDouble) {
    Case c{at::randn({2, 9, 6}, type), at::randn({21, 6}, type), at::randn({2, 9, 5}, type), at::randn({21, 5}, type),
           at::randint(0, 21, {2, 9}, at::kLong)};
    c.target.view({-1}).narrow(0, 3, 4).fill_(-100);
    return c;
}

}  // namespace

class TstLosses : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        at::manual_seed(17);
        at::set_num_threads(1);  // tiny operations: a second thread only waits
    }

    void stored_cases_match_values_and_gradients() {
        if (!std::filesystem::exists(fixture_path("losses/losses.safetensors"))) QSKIP("no fixtures: set MOLT_SHARED");
        const auto tensors = read_fixture(fixture_path("losses/losses.safetensors"));
        const at::Tensor teacher = tensors.at("teacher_logits"), labels = tensors.at("labels");
        const at::Tensor head = at::eye(23, at::kDouble);
        at::Tensor next = at::full_like(labels, -100);
        next.narrow(1, 0, labels.size(1) - 1).copy_(labels.narrow(1, 1, labels.size(1) - 1));
        const auto verify = [&](const std::string& name, const at::Tensor& target, double kl, double ce, double tau,
                                bool reverse) {
            const at::Tensor logits = tensors.at("student_logits").clone().set_requires_grad(true);
            const ops::DistillLoss loss =
                ops::distill_loss(logits, head, teacher, head, target, kl, ce, tau, reverse, 5);
            loss.total.backward();
            return difference(loss.total.view({1}), tensors.at(name + ".loss")) < 1e-10 &&
                   difference(logits.grad(), tensors.at(name + ".d_student_logits")) < 1e-10;
        };
        const at::Tensor every = at::zeros_like(labels);
        QVERIFY(verify("ce", next, 0.0, 1.0, 1.0, false));
        QVERIFY(verify("kl_token_mean", every, 1.0, 0.0, 1.0, false));
        QVERIFY(verify("kl_official", every, 7.0, 0.0, 1.0, false));
        QVERIFY(verify("kl_masked", next, 1.0, 0.0, 1.0, false));
        QVERIFY(verify("kl_reverse_masked", next, 1.0, 0.0, 1.0, true));
        QVERIFY(verify("kl_temperature_2", every, 1.0, 0.0, 2.0, false));
        QVERIFY(verify("kl_temperature_0.5", every, 1.0, 0.0, 0.5, false));
    }

    void every_gradient_agrees_with_finite_differences() {
        const Case c = random_case();
        for (const bool reverse : {false, true}) {
            for (const double temperature : {1.0, 1.7}) {
                const GradientReport report = check_gradients(
                    [&](const std::vector<at::Tensor>& in) {
                        return ops::distill_loss(in[0], in[1], c.teacher, c.teacher_head, c.target, 0.7, 0.4,
                                                 temperature, reverse, 4)
                            .total;
                    },
                    {c.student, c.student_head});
                QVERIFY2(report.worst < 1e-8, (report.where + ": " + number(report.worst)).c_str());
            }
        }
        const GradientReport report = check_gradients(
            [&](const std::vector<at::Tensor>& in) { return ops::cross_entropy(in[0], in[1], c.target, 4) * 3.0; },
            {c.student, c.student_head});
        QVERIFY2(report.worst < 1e-8, (report.where + ": " + number(report.worst)).c_str());
    }

    void chunks_and_threads_do_not_change_the_result() {
        const Case c = random_case();
        const auto total = [&](std::int64_t chunk) {
            return ops::distill_loss(c.student, c.student_head, c.teacher, c.teacher_head, c.target, 1.0, 0.1, 1.0,
                                     false, chunk)
                .total;
        };
        for (const std::int64_t chunk : {1, 3, 5, 1000}) QVERIFY(difference(total(chunk), total(14)) < 1e-14);
        const Case f = random_case(at::kFloat);
        std::vector<at::Tensor> results;
        for (const int threads : {1, 2}) {
            at::set_num_threads(threads);
            results.push_back(ops::cross_entropy(f.student, f.student_head, f.target));
        }
        QVERIFY(results[0].equal(results[1]));
    }

    void parts_are_reported_without_weights() {
        const Case c = random_case();
        const auto loss =
            ops::distill_loss(c.student, c.student_head, c.teacher, c.teacher_head, c.target, 0.3, 2.0, 1.0, false, 4);
        QVERIFY(std::abs(loss.total.item<double>() - (0.3 * loss.kl + 2.0 * loss.ce)) < 1e-12);
        const at::Tensor ce = ops::cross_entropy(c.student, c.student_head, c.target, 4);
        QVERIFY(std::abs(ce.item<double>() - loss.ce) < 1e-12);
        QVERIFY(loss.kl > 0.0);
    }

    void equal_models_have_no_divergence() {
        const Case c = random_case(at::kFloat);
        const at::Tensor student = c.student.clone().set_requires_grad(true);
        const auto loss =
            ops::distill_loss(student, c.student_head, c.student, c.student_head, c.target, 1.0, 0.0, 2.0, false, 4);
        loss.total.backward();
        QVERIFY(std::abs(loss.kl) < 1e-7);
        QVERIFY(student.grad().abs().max().item<double>() < 1e-7);
    }

    void huge_logits_stay_finite_and_exact() {
        at::Tensor hidden = at::randn({1, 4, 6}) * 3000.0;
        hidden.set_requires_grad(true);
        const at::Tensor head = at::randn({40, 6}), target = at::randint(0, 40, {1, 4}, at::kLong);
        const at::Tensor loss = ops::cross_entropy(hidden, head, target);
        loss.backward();
        const at::Tensor log_p = at::log_softmax(at::matmul(hidden, head.t()).to(at::kDouble), -1);
        const double expected = -log_p.gather(2, target.unsqueeze(2)).mean().item<double>();
        QVERIFY(std::abs(loss.item<double>() / expected - 1.0) < 1e-5);
        QVERIFY(hidden.grad().isfinite().all().item<bool>());
    }

    void frozen_inputs_get_no_gradient() {
        const Case c = random_case();
        const at::Tensor student = c.student.clone().set_requires_grad(true);
        ops::cross_entropy(student, c.student_head, c.target).backward();
        QVERIFY(student.grad().defined() && !c.student_head.grad().defined());
        QVERIFY(!ops::cross_entropy(c.student, c.student_head, c.target).requires_grad());
    }

    void no_tensor_over_tokens_and_vocabulary_is_held() {
        const std::int64_t tokens = 3000, vocabulary = 20000;
        const at::Tensor hidden = at::randn({1, tokens, 4}).set_requires_grad(true), head = at::randn({vocabulary, 4});
        const at::Tensor target = at::randint(0, vocabulary, {1, tokens}, at::kLong);
        const std::int64_t before = peak_resident_bytes();
        ops::distill_loss(hidden, head, hidden.detach() * 0.9, head, target, 1.0, 0.1, 1.0, false, 64).total.backward();
        const std::int64_t used = peak_resident_bytes() - before;
        QVERIFY2(used < tokens * vocabulary * 4 / 4, std::to_string(used).c_str());
    }

    void wrong_input_is_refused() {
        const Case c = random_case();
        QVERIFY_THROWS_EXCEPTION(Error, ops::cross_entropy(c.student, c.teacher_head, c.target));
        QVERIFY_THROWS_EXCEPTION(Error, ops::cross_entropy(c.student, c.student_head, c.target + 21));
        try {
            ops::cross_entropy(c.student, c.student_head, at::full_like(c.target, -100));
            QFAIL("a batch without counted tokens was accepted");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::NonFinite);
        }
    }
};

QTEST_GUILESS_MAIN(TstLosses)
#include "tst_losses.moc"
