// causal_conv1d(): stored results, gradients, documents, history and windows.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/conv1d.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>

#include "tests/support/fixture_tensors.h"
#include "tests/support/gradient_check.h"

#include <QtTest>

using namespace molt;
using namespace molt::testing;

class TstConv1d : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        at::manual_seed(11);
        at::set_num_threads(1);  // tiny operations: a second thread only waits
    }

    void stored_cases_match_values_and_gradients() {
        if (!std::filesystem::exists(fixture_path("scan/scan.safetensors"))) QSKIP("no fixtures: set MOLT_SHARED");
        const auto tensors = read_fixture(fixture_path("scan/scan.safetensors"));
        for (const std::string name : {"basic", "short", "state", "short_state", "segments", "segments_state"}) {
            const auto get = [&](const std::string& key) {
                const auto found = tensors.find("conv." + name + "." + key);
                return found == tensors.end() ? at::Tensor() : found->second.clone();
            };
            const at::Tensor x = get("x").set_requires_grad(true), w = get("w").set_requires_grad(true);
            const at::Tensor b = get("b").set_requires_grad(true), previous = get("prev");
            const at::Tensor history = previous.defined() ? previous.narrow(2, 1, 3).transpose(1, 2) : at::Tensor();
            const at::Tensor y = ops::causal_conv1d(x, w, b, true, history, get("seg"));
            QVERIFY2(difference(y, get("y")) < 1e-10, name.c_str());
            const at::Tensor before = previous.defined() ? previous : at::zeros({x.size(0), x.size(2), 4}, x.options());
            const at::Tensor new_state = at::cat({before, x.transpose(1, 2)}, 2).narrow(2, x.size(1), 4);
            ((get("w_y") * y).sum() + (get("w_new_state") * new_state).sum()).backward();
            QVERIFY2(difference(x.grad(), get("d_x")) < 1e-10, name.c_str());
            QVERIFY2(difference(w.grad(), get("d_w")) < 1e-10, name.c_str());
            QVERIFY2(difference(b.grad(), get("d_b")) < 1e-10, name.c_str());
        }
    }

    void every_gradient_agrees_with_finite_differences() {
        const at::Tensor segment = at::arange(26).floor_divide(6).view({2, 13});
        const at::Tensor history = at::randn({2, 2, 10}, at::kDouble);
        for (const bool silu : {false, true}) {
            const GradientReport report = check_gradients(
                [&](const std::vector<at::Tensor>& in) {
                    return weighted_sum({ops::causal_conv1d(in[0], in[1], in[2], silu, history, segment)});
                },
                {at::randn({2, 13, 10}, at::kDouble), at::randn({10, 3}, at::kDouble), at::randn({10}, at::kDouble)});
            QVERIFY2(report.worst < 1e-8, (report.where + ": " + number(report.worst)).c_str());
        }
    }

    void windows_with_history_give_the_bits_of_the_whole_row() {
        const at::Tensor x = at::randn({2, 29, 100}), weight = at::randn({100, 4}), bias = at::randn({100});
        const at::Tensor whole = ops::causal_conv1d(x, weight, bias, true);
        for (const std::int64_t width : {1, 3, 7}) {
            at::Tensor history = at::zeros({2, 3, 100});
            std::vector<at::Tensor> outputs;
            for (std::int64_t t = 0; t < 29; t += width) {
                const at::Tensor part = x.narrow(1, t, std::min<std::int64_t>(width, 29 - t));
                outputs.push_back(ops::causal_conv1d(part, weight, bias, true, history));
                const at::Tensor seen = at::cat({history, part}, 1);
                history = seen.narrow(1, seen.size(1) - 3, 3);
            }
            QVERIFY(at::cat(outputs, 1).equal(whole));
        }
    }

    void views_missing_bias_and_threads_make_no_difference() {
        const at::Tensor wide = at::randn({3, 70, 150});
        const at::Tensor weight = at::randn({130, 4});
        const auto run = [&](const at::Tensor& x, const at::Tensor& bias, int threads) {
            at::set_num_threads(threads);
            const at::Tensor leaf = x.detach().set_requires_grad(true), w = weight.clone().set_requires_grad(true);
            const at::Tensor y = ops::causal_conv1d(leaf, w, bias, true);
            y.square().sum().backward();
            return std::vector<at::Tensor>{y.detach(), leaf.grad(), w.grad()};
        };
        const at::Tensor view = wide.narrow(2, 10, 130);
        const auto plain = run(view.contiguous(), {}, 1), strided = run(view, at::zeros({130}), 2);
        for (std::size_t i = 0; i < plain.size(); ++i) QVERIFY(plain[i].equal(strided[i]));
    }

    void half_precision_comes_back_as_half_precision() {
        const at::Tensor x = at::randn({1, 5, 8}), weight = at::randn({8, 4});
        const at::Tensor y = ops::causal_conv1d(x.to(at::kBFloat16), weight, {}, false);
        QCOMPARE(y.scalar_type(), at::kBFloat16);
        QVERIFY(difference(y, ops::causal_conv1d(x, weight, {}, false)) < 0.05);
    }

    void wrong_shapes_are_refused() {
        QVERIFY_THROWS_EXCEPTION(Error, ops::causal_conv1d(at::randn({1, 5, 8}), at::randn({7, 4}), {}, true));
        QVERIFY_THROWS_EXCEPTION(
            Error, ops::causal_conv1d(at::randn({1, 5, 8}), at::randn({8, 4}), {}, true, at::randn({1, 4, 8})));
    }
};

QTEST_GUILESS_MAIN(TstConv1d)
#include "tst_conv1d.moc"
