// swiglu(), softplus(), rope() and rope_frequencies(): formulas, gradients, scalings, views.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/basics.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/stack.h>

#include "core/base/error.h"
#include "tests/support/gradient_check.h"

#include <QtTest>

using namespace molt;
using namespace molt::testing;

class TstBasics : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        at::manual_seed(13);
        at::set_num_threads(1);  // tiny operations: a second thread only waits
    }

    void swiglu_is_silu_times_up() {
        for (const std::int64_t width : {1, 16, 37, 172}) {
            const at::Tensor both = at::randn({3, 41, 2 * width});
            const at::Tensor gate = both.narrow(2, 0, width), up = both.narrow(2, width, width);
            QVERIFY(relative_error(ops::swiglu(gate, up), at::silu(gate.to(at::kDouble)) * up) < 3e-7);
        }
    }

    void swiglu_gradients_agree_with_finite_differences() {
        const GradientReport report =
            check_gradients([](const std::vector<at::Tensor>& in) { return weighted_sum({ops::swiglu(in[0], in[1])}); },
                            {at::randn({2, 18, 11}, at::kDouble), at::randn({2, 18, 11}, at::kDouble)});
        QVERIFY2(report.worst < 1e-8, report.where.c_str());
    }

    void softplus_is_what_pytorch_has() {
        const at::Tensor x = at::arange(-4000, 4000).to(at::kDouble) / 100;
        for (const at::Tensor& wide : {x, x.view({80, 100}).narrow(1, 3, 37), x.view({2, 8, 500}).narrow(2, 3, 37)}) {
            QVERIFY(difference(ops::softplus(wide), at::softplus(wide)) < 1e-14);
            QVERIFY(difference(ops::softplus(wide.to(at::kFloat)), at::softplus(wide)) < 3e-6);
        }
        QVERIFY(ops::softplus(at::full({3}, -1e4)).isfinite().all().item<bool>());
        QVERIFY(ops::softplus(at::full({3}, 1e4)).eq(1e4).all().item<bool>());
    }

    void softplus_of_an_element_does_not_depend_on_its_place() {
        const at::Tensor x = at::randn({6, 45}), all = ops::softplus(x);
        for (std::int64_t c = 0; c < 45; ++c) QVERIFY(ops::softplus(x.narrow(1, c, 1)).equal(all.narrow(1, c, 1)));
    }

    void softplus_gradients_agree_with_finite_differences() {
        const GradientReport report =
            check_gradients([](const std::vector<at::Tensor>& in) { return weighted_sum({ops::softplus(in[0])}); },
                            {at::randn({3, 21}, at::kDouble) * 9});
        QVERIFY2(report.worst < 1e-8, report.where.c_str());
    }

    void extreme_gates_stay_finite() {
        const at::Tensor gate = at::arange(-4000, 4000, 100).to(at::kFloat).unsqueeze(0).set_requires_grad(true);
        const at::Tensor y = ops::swiglu(gate, at::ones({1, 80}));
        y.sum().backward();
        QVERIFY(y.isfinite().all().item<bool>() && gate.grad().isfinite().all().item<bool>());
        QVERIFY(difference(y, at::silu(gate)) < 1e-6);
    }

    void rope_rotates_halves_by_position_times_frequency() {
        const at::Tensor x = at::randn({2, 7, 3, 10}, at::kDouble), frequency = ops::rope_frequencies({}, 10);
        for (const at::Tensor& position :
             {at::arange(7).expand({2, 7}), at::stack({at::arange(7), at::arange(7) + 100})}) {
            const at::Tensor angle = (position.unsqueeze(-1) * frequency).unsqueeze(2);
            const at::Tensor low = x.narrow(3, 0, 5), high = x.narrow(3, 5, 5);
            const at::Tensor expected =
                at::cat({low * angle.cos() - high * angle.sin(), high * angle.cos() + low * angle.sin()}, 3);
            QVERIFY(difference(ops::rope(x, position, frequency), expected) < 1e-14);
            QVERIFY(difference(ops::rope(x.to(at::kFloat), position, frequency), expected) < 1e-6);
        }
    }

    void rope_gradients_agree_with_finite_differences() {
        const at::Tensor position = at::stack({at::arange(5), at::arange(5) * 3}),
                         frequency = ops::rope_frequencies({}, 6);
        const GradientReport report = check_gradients(
            [&](const std::vector<at::Tensor>& in) {
                return weighted_sum({ops::rope(in[0].transpose(1, 2), position, frequency)});
            },
            {at::randn({2, 2, 5, 6}, at::kDouble)});
        QVERIFY2(report.worst < 1e-8, report.where.c_str());
    }

    void frequencies_follow_the_scaling_rules() {
        RopeConfig rope;
        rope.theta = 500000.0;
        const at::Tensor plain = ops::rope_frequencies(rope, 64);
        QCOMPARE(plain[0].item<double>(), 1.0);
        rope.scaling = "linear", rope.factor = 4.0;
        QVERIFY(difference(ops::rope_frequencies(rope, 64), plain / 4.0) < 1e-15);
        rope.scaling = "llama3", rope.factor = 8.0;
        const at::Tensor llama3 = ops::rope_frequencies(rope, 64);
        QCOMPARE(llama3[0].item<double>(), 1.0);
        QCOMPARE(llama3[31].item<double>(), plain[31].item<double>() / 8.0);
        QVERIFY(((llama3 <= plain).logical_and(llama3 >= plain / 8.0)).all().item<bool>());
        rope.scaling = "yarn";
        QVERIFY_THROWS_EXCEPTION(Error, ops::rope_frequencies(rope, 64));
    }

    void wrong_shapes_are_refused() {
        QVERIFY_THROWS_EXCEPTION(Error, ops::swiglu(at::randn({1, 2, 3}), at::randn({1, 2, 4})));
        QVERIFY_THROWS_EXCEPTION(
            Error, ops::rope(at::randn({1, 2, 1, 8}), at::arange(3).unsqueeze(0), ops::rope_frequencies({}, 8)));
    }
};

QTEST_GUILESS_MAIN(TstBasics)
#include "tst_basics.moc"
