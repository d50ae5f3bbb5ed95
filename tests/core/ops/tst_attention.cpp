// causal_attention(): the formula in every form (plain, window, documents, cache), and gradients.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/attention.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/softmax.h>

#include "core/base/error.h"
#include "tests/support/gradient_check.h"

#include <QtTest>

using namespace molt;
using namespace molt::testing;

namespace {

struct Case {
    at::Tensor q, k, v, query_position, key_position, query_segment, key_segment;
    std::int64_t window = 0;

    at::Tensor run() const {
        return ops::causal_attention(q, k, v, query_position, key_position, window, query_segment, key_segment);
    }
};

/// softmax over allowed keys, one query at a time.
at::Tensor by_definition(const Case& c) {
    const std::int64_t B = c.q.size(0), T = c.q.size(1), H = c.q.size(2), E = c.q.size(3);
    at::Tensor out = at::zeros({B, T, H, E}, c.q.options());
    for (std::int64_t b = 0; b < B; ++b) {
        for (std::int64_t t = 0; t < T; ++t) {
            const at::Tensor distance = c.query_position[b][t] - c.key_position[b];
            at::Tensor allowed = (distance >= 0).logical_and(c.key_position[b] >= 0);
            if (c.window > 0) allowed = allowed.logical_and(distance < c.window);
            if (c.query_segment.defined()) allowed = allowed.logical_and(c.key_segment[b] == c.query_segment[b][t]);
            for (std::int64_t h = 0; h < H; ++h) {
                const std::int64_t group = h / (H / c.k.size(2));
                const at::Tensor keys = c.k[b].select(1, group), values = c.v[b].select(1, group);
                const at::Tensor score = at::matmul(keys, c.q[b][t][h]) / std::sqrt(static_cast<double>(E));
                const at::Tensor weight = at::softmax(score.masked_fill(allowed.logical_not(), -INFINITY), 0);
                out[b][t][h].copy_(at::matmul(weight, values));
            }
        }
    }
    return out;
}

Case random_case(std::int64_t T, std::int64_t S) {
    Case c;
    c.q = at::randn({2, T, 4, 6}, at::kDouble);
    c.k = at::randn({2, S, 2, 6}, at::kDouble), c.v = at::randn({2, S, 2, 6}, at::kDouble);
    c.query_position = at::arange(S - T, S).expand({2, T}), c.key_position = at::arange(S).expand({2, S});
    return c;
}

}  // namespace

class TstAttention : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        at::manual_seed(19);
        at::set_num_threads(1);  // tiny operations: a second thread only waits
    }

    void plain_rows_follow_the_definition() {
        const Case c = random_case(21, 21);
        QVERIFY(difference(c.run(), by_definition(c)) < 1e-12);
    }

    void a_sliding_window_hides_older_keys() {
        Case c = random_case(21, 21);
        c.window = 4;
        QVERIFY(difference(c.run(), by_definition(c)) < 1e-12);
        c.window = 21;
        QVERIFY(difference(c.run(), random_case(21, 21).run()) > 1e-3);
        const Case wide = c;
        c.window = 0;
        QVERIFY(difference(c.run(), wide.run()) < 1e-12);
    }

    void documents_do_not_see_each_other() {
        Case c = random_case(24, 24);
        c.query_segment = c.key_segment = at::arange(48).floor_divide(5).view({2, 24});
        QVERIFY(difference(c.run(), by_definition(c)) < 1e-12);
    }

    void a_window_sees_the_cache_and_skips_empty_slots() {
        Case c = random_case(3, 9);
        QVERIFY(difference(c.run(), by_definition(c)) < 1e-12);
        c.key_position = c.key_position.clone();
        c.key_position[1].narrow(0, 0, 3).fill_(-1);
        QVERIFY(difference(c.run(), by_definition(c)) < 1e-12);
    }

    void rows_with_other_positions_are_not_taken_for_plain_ones() {
        Case c = random_case(18, 18);
        c.query_position = c.key_position = (at::arange(18) + 50).expand({2, 18});
        QVERIFY(difference(c.run(), random_case(18, 18).run()) > 1e-3);
        QVERIFY(difference(c.run(), by_definition(c)) < 1e-12);
        c.key_position = c.key_position.flip(1);
        QVERIFY(difference(c.run(), by_definition(c)) < 1e-12);
    }

    void every_gradient_agrees_with_finite_differences() {
        for (const bool documents : {false, true}) {
            Case c = random_case(6, 6);
            if (documents) c.query_segment = c.key_segment = at::arange(12).floor_divide(4).view({2, 6});
            const GradientReport report = check_gradients(
                [&](const std::vector<at::Tensor>& in) {
                    Case moved = c;
                    moved.q = in[0], moved.k = in[1], moved.v = in[2];
                    return weighted_sum({moved.run()});
                },
                {c.q, c.k, c.v});
            QVERIFY2(report.worst < 1e-8, (report.where + ": " + number(report.worst)).c_str());
        }
    }

    void long_rows_in_float32_agree_with_the_definition() {
        for (const std::int64_t E : {8, 24}) {
            Case wide;
            wide.q = at::randn({1, 70, 4, E}, at::kDouble);
            wide.k = at::randn({1, 70, 2, E}, at::kDouble), wide.v = at::randn({1, 70, 2, E}, at::kDouble);
            wide.query_position = wide.key_position = at::arange(70).unsqueeze(0);
            wide.query_segment = wide.key_segment = at::arange(70).floor_divide(40).unsqueeze(0);
            wide.window = 33;
            Case narrow = wide;
            narrow.q = wide.q.to(at::kFloat), narrow.k = wide.k.to(at::kFloat), narrow.v = wide.v.to(at::kFloat);
            QVERIFY(relative_error(narrow.run(), by_definition(wide)) < 1e-6);
        }
    }

    void threads_do_not_change_the_bits() {
        std::vector<std::vector<at::Tensor>> results;
        const Case start = random_case(40, 40);
        for (const int threads : {1, 2}) {
            at::set_num_threads(threads);
            Case c = start;
            c.q = c.q.to(at::kFloat).set_requires_grad(true);
            c.k = c.k.to(at::kFloat).set_requires_grad(true), c.v = c.v.to(at::kFloat).set_requires_grad(true);
            const at::Tensor y = c.run();
            y.square().sum().backward();
            results.push_back({y.detach(), c.q.grad(), c.k.grad(), c.v.grad()});
        }
        for (std::size_t i = 0; i < 4; ++i) QVERIFY(results[0][i].equal(results[1][i]));
    }

    void a_window_has_the_bits_of_its_tokens() {
        Case c;
        c.q = at::randn({2, 5, 6, 20}), c.k = at::randn({2, 40, 2, 20}), c.v = at::randn({2, 40, 2, 20});
        c.query_position = (at::arange(5) + 35).expand({2, 5}), c.key_position = at::arange(40).expand({2, 40});
        const at::Tensor whole = c.run();
        at::set_num_threads(3);
        QVERIFY(c.run().equal(whole));
        for (std::int64_t t = 0; t < 5; ++t) {
            // As decoding sees it: later keys are not there yet.
            Case one = c;
            one.q = c.q.narrow(1, t, 1), one.query_position = c.query_position.narrow(1, t, 1);
            one.k = c.k.narrow(1, 0, 36 + t), one.v = c.v.narrow(1, 0, 36 + t);
            one.key_position = c.key_position.narrow(1, 0, 36 + t);
            QVERIFY(one.run().equal(whole.narrow(1, t, 1)));
        }
    }

    void long_windows_and_short_ones_agree() {
        const Case c = random_case(20, 50);
        Case tail = c;
        tail.q = c.q.narrow(1, 17, 3), tail.query_position = c.query_position.narrow(1, 17, 3);
        QVERIFY(difference(tail.run(), c.run().narrow(1, 17, 3)) < 1e-12);
    }

    void half_given_segments_are_refused() {
        Case c = random_case(4, 4);
        c.query_segment = at::zeros({2, 4}, at::kLong);
        QVERIFY_THROWS_EXCEPTION(Error, c.run());
    }
};

QTEST_GUILESS_MAIN(TstAttention)
#include "tst_attention.moc"
