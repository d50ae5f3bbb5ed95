// linear(): few rows against float64, row by row, with threads, views and gradients.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/linear.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>

#include "tests/support/gradient_check.h"

#include <QtTest>

using namespace molt;
using namespace molt::testing;

namespace {

at::Tensor expected(const at::Tensor& x, const at::Tensor& weight) {
    return at::matmul(x.to(at::kDouble), weight.to(at::kDouble).t());
}

}  // namespace

class TstLinear : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        at::manual_seed(21);
        at::set_num_threads(1);
    }

    void any_number_of_rows_agrees_with_float64() {
        for (const std::int64_t inputs : {1, 5, 16, 37, 288}) {
            for (const std::int64_t outputs : {1, 3, 4, 17, 64}) {
                const at::Tensor weight = at::randn({outputs, inputs}), bias = at::randn({outputs});
                for (const std::int64_t rows : {1, 2, 3, 16, 17}) {
                    const at::Tensor x = at::randn({rows, inputs}), y = ops::linear(x, weight, bias);
                    QVERIFY(y.sizes() == at::IntArrayRef({rows, outputs}));
                    QVERIFY(difference(y, expected(x, weight) + bias) < 5e-5);
                    QVERIFY(difference(ops::linear(x, weight), expected(x, weight)) < 5e-5);
                    QVERIFY(difference(ops::linear(x.to(at::kDouble), weight.to(at::kDouble)), expected(x, weight)) <
                            1e-12);
                }
            }
        }
    }

    void a_window_has_the_bits_of_its_tokens_on_any_threads() {
        const at::Tensor x = at::randn({2, 7, 300}), weight = at::randn({1000, 300}), bias = at::randn({1000});
        const at::Tensor whole = ops::linear(x, weight, bias);
        QVERIFY(whole.sizes() == at::IntArrayRef({2, 7, 1000}));
        for (std::int64_t b = 0; b < 2; ++b) {
            for (std::int64_t t = 0; t < 7; ++t) QVERIFY(at::equal(ops::linear(x[b][t], weight, bias), whole[b][t]));
        }
        at::set_num_threads(3);
        QVERIFY(at::equal(ops::linear(x, weight, bias), whole));
    }

    void views_are_read_where_they_stand() {
        const at::Tensor wide = at::randn({3, 2, 80}), rows = at::randn({90, 64});
        const at::Tensor x = wide.narrow(2, 8, 40), weight = rows.narrow(0, 5, 20).narrow(1, 10, 40);
        QVERIFY(at::equal(ops::linear(x, weight), ops::linear(x.contiguous(), weight.contiguous())));
        const at::Tensor turned = at::randn({40, 20}).t();
        QVERIFY(difference(ops::linear(x, turned), expected(x, turned)) < 5e-5);
    }

    void gradients_and_other_types_take_the_long_way() {
        const GradientReport report = check_gradients(
            [](const std::vector<at::Tensor>& in) { return weighted_sum({ops::linear(in[0], in[1], in[2])}); },
            {at::randn({3, 7}, at::kDouble), at::randn({5, 7}, at::kDouble), at::randn({5}, at::kDouble)});
        QVERIFY2(report.worst < 1e-8, report.where.c_str());
        const at::Tensor x = at::randn({2, 8}, at::kBFloat16), weight = at::randn({4, 8}, at::kBFloat16);
        QVERIFY(at::equal(ops::linear(x, weight), at::linear(x, weight)));
        QVERIFY(ops::linear(at::randn({0, 8}), at::randn({4, 8})).sizes() == at::IntArrayRef({0, 4}));
        QVERIFY_THROWS_EXCEPTION(std::exception, ops::linear(at::randn({2, 8}), at::randn({4, 9})));
    }
};

QTEST_GUILESS_MAIN(TstLinear)
#include "tst_linear.moc"
