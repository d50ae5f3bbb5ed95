// The CPU reference of the Mamba-2 decode step against the formula written out, and against the whole-sequence
// operations. SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/softplus.h>

#include <QtTest>
#include <vector>

#include "core/base/error.h"
#include "core/ops/conv1d.h"
#include "core/ops/ssm.h"
#include "tests/cuda/state_update_case.h"

using namespace molt;
using testing::relative_difference;
using testing::StateUpdateCase;
using testing::StateUpdateSizes;

namespace {

/// y and the last state by the sums of the definition, without a recurrence:
/// S_T = sum_t exp(A sum_{s>t} d_s) d_t x_t (x) B_t. Inputs are repeated for every head, as the official code does.
struct Written {
    StateUpdateCase<double>& data;
    std::vector<double> y, state;

    double raw(std::int64_t b, std::int64_t t, std::int64_t c) const {
        const auto channels = data.params().channels();
        return t < 0 ? 0.0 : data.xbc[static_cast<std::size_t>((b * data.sizes.tokens + t) * channels + c)];
    }
    double input(std::int64_t b, std::int64_t t, std::int64_t c) const {
        double sum = data.conv_bias[static_cast<std::size_t>(c)];
        for (int back = 0; back < data.sizes.conv_width; ++back) {
            sum += data.conv_weight[static_cast<std::size_t>((c + 1) * data.sizes.conv_width - 1 - back)] *
                   raw(b, t - back, c);
        }
        return sum / (1 + std::exp(-sum));
    }
    double delta(std::int64_t b, std::int64_t t, std::int64_t h) const {
        const double x = data.dt[static_cast<std::size_t>((b * data.sizes.tokens + t) * data.sizes.heads + h)];
        return std::log1p(std::exp(x + data.dt_bias[static_cast<std::size_t>(h)]));
    }

    void head(std::int64_t b, std::int64_t h) {
        const auto& s = data.sizes;
        const std::int64_t P = s.head_dim, N = s.state_dim, T = s.tokens;
        const std::int64_t x0 = h * s.x_groups / s.heads * P, b0 = s.x_groups * P + h * s.b_groups / s.heads * N;
        const std::int64_t c0 = s.x_groups * P + s.b_groups * N + h * s.c_groups / s.heads * N;
        for (std::int64_t last = 0; last < T; ++last) {
            std::vector<double> S(static_cast<std::size_t>(P * N), 0.0);
            double elapsed = 0.0;
            for (std::int64_t t = last; t >= 0; --t) {
                const double weight = std::exp(data.A[static_cast<std::size_t>(h)] * elapsed) * delta(b, t, h);
                elapsed += delta(b, t, h);
                for (std::int64_t i = 0; i < P * N; ++i) {
                    S[static_cast<std::size_t>(i)] += weight * input(b, t, x0 + i / N) * input(b, t, b0 + i % N);
                }
            }
            for (std::int64_t p = 0; p < P; ++p) {
                double sum = data.D[static_cast<std::size_t>(h)] * input(b, last, x0 + p);
                for (std::int64_t n = 0; n < N; ++n)
                    sum += S[static_cast<std::size_t>(p * N + n)] * input(b, last, c0 + n);
                y[static_cast<std::size_t>(((b * T + last) * s.heads + h) * P + p)] = sum;
            }
            std::copy(S.begin(), S.end(), state.begin() + (b * s.heads + h) * P * N);
        }
    }

    explicit Written(StateUpdateCase<double>& from) : data(from), y(from.y.size()), state(from.state.size()) {
        for (int b = 0; b < data.sizes.batch; ++b) {
            for (int h = 0; h < data.sizes.heads; ++h) head(b, h);
        }
    }
};

const std::vector<StateUpdateSizes> kSmall = {{1, 8, 4, 4, 8, 8, 8, 4, 16, 9},
                                              {2, 4, 2, 2, 4, 5, 3, 4, 12, 8},
                                              {2, 6, 6, 2, 3, 4, 7, 3, 13, 5},
                                              {1, 2, 1, 1, 1, 3, 2, 1, 7, 6}};

template <class T>
at::Tensor view(std::vector<T>& values, at::IntArrayRef shape) {
    return at::from_blob(values.data(), shape, at::kDouble);
}

}  // namespace

class TstStateUpdateReference : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void steps_equal_the_formula_written_out() {
        for (const StateUpdateSizes& sizes : kSmall) {
            StateUpdateCase<double> data(sizes, 1);
            const Written expected(data);
            for (int t = 0; t < sizes.tokens; ++t) {
                kernels::state_update(data.params(t, 1, 1));
                data.accept(1, 1);
            }
            QVERIFY(relative_difference(data.y, expected.y) < 1e-13);
            QVERIFY(relative_difference(data.state, expected.state) < 1e-13);
        }
    }
    void replayed_windows_have_the_bits_of_single_steps() {
        for (const StateUpdateSizes& sizes : kSmall) {
            StateUpdateCase<double> steps(sizes, 2), windows(sizes, 2);
            for (int t = 0; t < sizes.tokens; ++t) {
                kernels::state_update(steps.params(t, 1, 1));
                steps.accept(1, 1);
            }
            for (int t = 0; t < sizes.tokens; t += 2) {
                kernels::state_update(windows.params(t, std::min(2, sizes.tokens - t), 0));
                windows.accept(std::min(2, sizes.tokens - t), 0);
            }
            QVERIFY(steps.y == windows.y);
        }
    }
    void steps_equal_convolution_and_ssd_of_the_whole_sequence() {
        for (const StateUpdateSizes& s : kSmall) {
            StateUpdateCase<double> data(s, 3);
            kernels::state_update(data.params(0, 1, 1));
            data.accept(1, 1);
            for (int t = 1; t < s.tokens; ++t) {
                kernels::state_update(data.params(t, 1, 1));
                data.accept(1, 1);
            }
            const std::int64_t B = s.batch, T = s.tokens, C = data.params().channels();
            const at::Tensor u_BTC = ops::causal_conv1d(
                view(data.xbc, {B, T, C}), view(data.conv_weight, {C, s.conv_width}), view(data.conv_bias, {C}), true);
            const auto part = [&](std::int64_t begin, std::int64_t groups, std::int64_t width) {
                return u_BTC.narrow(2, begin, groups * width).contiguous().view({B, T, groups, width});
            };
            const at::Tensor delta_BTH = at::softplus(view(data.dt, {B, T, s.heads}) + view(data.dt_bias, {s.heads}));
            const ops::ScanResult scan =
                ops::ssd(part(0, s.x_groups, s.head_dim), delta_BTH, view(data.A, {s.heads}),
                         part(data.params().b_begin(), s.b_groups, s.state_dim),
                         part(data.params().c_begin(), s.c_groups, s.state_dim), view(data.D, {s.heads}));
            const at::Tensor y = scan.y.contiguous(), state = scan.state.contiguous();
            const std::vector<double> y_values(y.data_ptr<double>(), y.data_ptr<double>() + y.numel());
            const std::vector<double> state_values(state.data_ptr<double>(), state.data_ptr<double>() + state.numel());
            QVERIFY(relative_difference(data.y, y_values) < 1e-12);
            QVERIFY(relative_difference(data.state, state_values) < 1e-12);
        }
    }
    void float_and_bfloat16_stay_near_double() {
        const StateUpdateSizes sizes{2, 4, 2, 2, 4, 16, 16, 4, 40, 32};
        StateUpdateCase<double> exact(sizes, 4);
        StateUpdateCase<float> single(sizes, 4);
        StateUpdateCase<kernels::Bf16> half(sizes, 4);
        kernels::state_update(exact.params(0, 32, 32));
        kernels::state_update(single.params(0, 32, 32));
        kernels::state_update(half.params(0, 32, 32));
        QVERIFY(relative_difference(single.y, exact.y) < 2e-6);
        QVERIFY(relative_difference(half.y, exact.y) < 5e-2);
    }
    void a_state_that_is_only_verified_is_not_written() {
        StateUpdateCase<double> data(StateUpdateSizes{}, 5);
        data.state.assign(data.state.size(), 0.5);
        kernels::state_update(data.params(0, 1, 0));
        QVERIFY(data.state == std::vector<double>(data.state.size(), 0.5));
    }
    void wrong_sizes_are_a_programmers_error() {
        StateUpdateCase<float> data(StateUpdateSizes{}, 6);
        kernels::StateUpdate<float> p = data.params();
        p.b_groups = 3;
        QVERIFY(std::string(kernels::shape_error(p)).find("groups") != std::string::npos);
        QVERIFY_EXCEPTION_THROWN(kernels::state_update(p), Error);
        p = data.params();
        p.committed = 2;
        QVERIFY_EXCEPTION_THROWN(kernels::state_update(p), Error);
        data.pending = {1};
        QVERIFY_EXCEPTION_THROWN(kernels::state_update(data.params()), Error);
    }
    void bfloat16_rounds_to_nearest_even() {
        QCOMPARE(int{kernels::narrow<kernels::Bf16>(1.0f).bits}, 0x3f80);
        QCOMPARE(int{kernels::narrow<kernels::Bf16>(1.00390625f).bits}, 0x3f80);
        QCOMPARE(int{kernels::narrow<kernels::Bf16>(1.01171875f).bits}, 0x3f82);
        QVERIFY(std::isnan(kernels::widen(kernels::narrow<kernels::Bf16>(NAN))));
        QVERIFY(std::isinf(kernels::widen(kernels::narrow<kernels::Bf16>(3.4e38f))));
    }
};

QTEST_GUILESS_MAIN(TstStateUpdateReference)
#include "tst_state_update_reference.moc"
