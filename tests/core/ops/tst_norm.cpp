// rms_norm() and gated_rms_norm(): stored results, gradients, groups, views and threads.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/rsqrt.h>

#include "core/ops/basics.h"
#include "tests/support/fixture_tensors.h"
#include "tests/support/gradient_check.h"

#include <QtTest>

using namespace molt;
using namespace molt::testing;

class TstNorm : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        at::manual_seed(5);
        at::set_num_threads(1);  // tiny operations: a second thread only waits
    }

    void stored_cases_match_values_and_gradients() {
        if (!std::filesystem::exists(fixture_path("scan/scan.safetensors"))) QSKIP("no fixtures: set MOLT_SHARED");
        const auto tensors = read_fixture(fixture_path("scan/scan.safetensors"));
        for (const std::string name : {"gate_first", "one_group", "plain"}) {
            const auto get = [&](const std::string& key) {
                return tensors.at("gated_norm." + name + "." + key).clone();
            };
            const at::Tensor y = get("y").set_requires_grad(true), weight = get("weight").set_requires_grad(true);
            const bool plain = name == "plain";
            const at::Tensor z = plain ? at::Tensor() : get("z").set_requires_grad(true);
            const at::Tensor out = plain ? ops::rms_norm(y, weight, 1e-5)
                                         : ops::gated_rms_norm(y, z, weight, get("group").item<std::int64_t>(), 1e-5);
            QVERIFY2(difference(out, get("out")) < 1e-10, name.c_str());
            (get("w_out") * out).sum().backward();
            QVERIFY2(difference(y.grad(), get("d_y")) < 1e-10, name.c_str());
            QVERIFY2(difference(weight.grad(), get("d_weight")) < 1e-10, name.c_str());
            if (!plain) QVERIFY(difference(z.grad(), get("d_z")) < 1e-10);
        }
    }

    void every_gradient_agrees_with_finite_differences() {
        for (const std::int64_t group : {3, 8, 24}) {
            const GradientReport report = check_gradients(
                [&](const std::vector<at::Tensor>& in) {
                    return weighted_sum({ops::gated_rms_norm(in[0], in[1], in[2], group, 1e-5)});
                },
                {at::randn({2, 20, 24}, at::kDouble), at::randn({2, 20, 24}, at::kDouble),
                 at::randn({24}, at::kDouble)});
            QVERIFY2(report.worst < 1e-6, (report.where + ": " + number(report.worst)).c_str());
        }
        const GradientReport report = check_gradients(
            [](const std::vector<at::Tensor>& in) { return weighted_sum({ops::rms_norm(in[0], in[1], 1e-6)}); },
            {at::randn({35, 19}, at::kDouble), at::randn({19}, at::kDouble)});
        QVERIFY2(report.worst < 1e-6, (report.where + ": " + number(report.worst)).c_str());
    }

    void float32_agrees_with_the_formula() {
        const at::Tensor x = at::randn({4, 33, 288}), weight = at::randn({288});
        const at::Tensor wide = x.to(at::kDouble);
        const at::Tensor expected = wide * at::rsqrt((wide * wide).mean(-1, true) + 1e-5) * weight;
        QVERIFY(relative_error(ops::rms_norm(x, weight, 1e-5), expected) < 3e-7);
    }

    void views_and_threads_make_no_difference() {
        const at::Tensor both = at::randn({2, 90, 100}), weight = at::randn({40});
        const auto run = [&](const at::Tensor& y, const at::Tensor& z, int threads) {
            at::set_num_threads(threads);
            const at::Tensor a = y.detach().set_requires_grad(true), b = z.detach().set_requires_grad(true);
            const at::Tensor w = weight.clone().set_requires_grad(true);
            const at::Tensor out = ops::gated_rms_norm(a, b, w, 8, 1e-5);
            out.square().sum().backward();
            return std::vector<at::Tensor>{out.detach(), a.grad(), b.grad(), w.grad()};
        };
        const at::Tensor y = both.narrow(2, 0, 40), z = both.narrow(2, 50, 40);
        const auto plain = run(y.contiguous(), z.contiguous(), 1), strided = run(y, z, 2);
        for (std::size_t i = 0; i < plain.size(); ++i) QVERIFY(plain[i].equal(strided[i]));
    }

    void wrong_shapes_are_refused() {
        QVERIFY_THROWS_EXCEPTION(Error, ops::rms_norm(at::randn({2, 8}), at::randn({7}), 1e-5));
        QVERIFY_THROWS_EXCEPTION(
            Error, ops::gated_rms_norm(at::randn({1, 2, 8}), at::randn({1, 2, 8}), at::randn({8}), 3, 1e-5));
    }
};

QTEST_GUILESS_MAIN(TstNorm)
#include "tst_norm.moc"
