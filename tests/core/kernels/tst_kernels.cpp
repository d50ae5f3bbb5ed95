// The instruction sets of the CPU kernels give the same results, and every split into units the same bits.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/kernels.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <QtTest>

using namespace molt::kernels;

namespace {

std::vector<float> random_values(std::size_t count, unsigned seed, float low, float high) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> value(low, high);
    std::vector<float> values(count);
    for (float& v : values) v = value(random);
    return values;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::abs(double(a[i]) - double(b[i])) / std::max(1.0, std::abs(double(b[i]))));
    }
    return largest;
}

/// SSD over 3 rows of 50 tokens, 4 heads of 12 x 20: y, state, and the gradients of x and delta, one after another.
std::vector<float> run_ssd(std::string_view level, std::int64_t split) {
    const std::int64_t B = 3, T = 50, H = 4, P = 12, N = 20;
    const auto x = random_values(B * T * 2 * P, 1, -1, 1), delta = random_values(B * T * H, 2, 0, 1);
    const auto Bm = random_values(B * T * 2 * N, 3, -1, 1), C = random_values(B * T * H * N, 4, -1, 1);
    const auto A = random_values(H, 5, -4, -0.1f), D = random_values(H, 6, -1, 1),
               dy = random_values(B * T * H * P, 7, -1, 1);
    SsdInputs<float> in;
    in.size = {B, T, H, P, N, 2, 2, H, 16};
    in.x = {x.data(), T * 2 * P, 2 * P, P}, in.delta = {delta.data(), T * H, H, 1};
    in.B = {Bm.data(), T * 2 * N, 2 * N, N}, in.C = {C.data(), T * H * N, H * N, N};
    in.A = A.data(), in.D = D.data();
    const std::size_t y_size = B * T * H * P, state_size = B * H * P * N;
    std::vector<float> out(y_size + state_size + x.size() + delta.size()), checkpoints(state_size);
    std::vector<float> dB(Bm.size()), dC(C.size()), dA(B * H), dD(B * H);
    float* const y = out.data();
    const SsdForward<float> forward{in, {y, T * H * P, H * P, P}, y + y_size, checkpoints.data()};
    float* const dx = y + y_size + state_size;
    SsdBackward<float> backward;
    backward.in = in, backward.checkpoints = checkpoints.data();
    backward.dy = {dy.data(), T * H * P, H * P, P};
    backward.dx = {dx, T * 2 * P, 2 * P, P}, backward.ddelta = {dx + x.size(), T * H, H, 1};
    backward.dB = {dB.data(), T * 2 * N, 2 * N, N}, backward.dC = {dC.data(), T * H * N, H * N, N};
    backward.dA_rows = dA.data(), backward.dD_rows = dD.data();
    const KernelTable<float> table = kernels_at<float>(level);
    const std::int64_t units = in.size.units();
    for (std::int64_t u = 0; u < units; u += split) table.ssd_forward(forward, u, std::min(units, u + split));
    for (std::int64_t u = 0; u < units; u += split) table.ssd_backward(backward, u, std::min(units, u + split));
    return out;
}

/// Softmax gradient and cross-entropy of 5 rows over 37 entries.
std::vector<float> run_loss(std::string_view level) {
    std::vector<float> logits = random_values(5 * 37, 8, -9, 9);
    const auto teacher = random_values(5 * 37, 9, -9, 9);
    const std::vector<std::int64_t> target{0, 36, 5, 16, 32};
    std::vector<double> ce(5), kl(5);
    LossRows<float> run;
    run.rows = 5, run.V = 37, run.ce_weight = 1.0, run.kl_weight = 1.0, run.temperature = 2.0;
    run.student = logits.data(), run.teacher = teacher.data(), run.target = target.data();
    run.ce = ce.data(), run.kl = kl.data();
    kernels_at<float>(level).loss_rows(run, 0, 5);
    for (const double value : ce) logits.push_back(static_cast<float>(value));
    for (const double value : kl) logits.push_back(static_cast<float>(value));
    return logits;
}

/// 5 rows of 37 elements times 19 x 37, with a bias.
std::vector<float> run_linear(std::string_view level, std::int64_t split) {
    const auto x = random_values(5 * 37, 10, -1, 1), weight = random_values(19 * 37, 11, -1, 1),
               bias = random_values(19, 12, -1, 1);
    std::vector<float> y(5 * 19);
    const LinearForward<float> run{5, 37, 19, {x.data(), 37}, {weight.data(), 37}, bias.data(), {y.data(), 19}};
    for (std::int64_t u = 0; u < run.units(); u += split)
        kernels_at<float>(level).linear_forward(run, u, std::min(run.units(), u + split));
    return y;
}

/// Attention of 2 rows of 37 tokens, 4 heads on 2 of 12, window 9: y, the gradients of q, k, v, and y of the
/// kernel for short windows, one after another.
std::vector<float> run_attention(std::string_view level, std::int64_t split) {
    const std::int64_t B = 2, T = 37, H = 4, K = 2, E = 12;
    const std::size_t q_size = B * T * H * E, k_size = B * T * K * E;
    const auto q = random_values(q_size, 1, -2, 2), k = random_values(k_size, 2, -2, 2),
               v = random_values(k_size, 3, -2, 2);
    const auto dy = random_values(q_size, 4, -1, 1);
    std::vector<std::int64_t> position(B * T);
    for (std::size_t i = 0; i < position.size(); ++i) position[i] = static_cast<std::int64_t>(i) % T;
    AttentionInputs<float> in;
    in.size = {B, T, T, H, K, E, 9};
    in.q = {q.data(), T * H * E, H * E, E}, in.k = {k.data(), T * K * E, K * E, E},
    in.v = {v.data(), T * K * E, K * E, E};
    in.query_position = in.key_position = position.data();
    std::vector<float> out(3 * q_size + 2 * k_size), log_sum(B * H * T);
    float *y = out.data(), *dq = y + q_size, *dk = dq + q_size, *dv = dk + k_size, *window = dv + k_size;
    const AttentionForward<float> forward{in, {y, T * H * E, H * E, E}, log_sum.data()};
    const AttentionBackward<float> backward{in,
                                            {y, T * H * E, H * E, E},
                                            {dy.data(), T * H * E, H * E, E},
                                            log_sum.data(),
                                            {dq, T * H * E, H * E, E},
                                            {dk, T * K * E, K * E, E},
                                            {dv, T * K * E, K * E, E}};
    const KernelTable<float> table = kernels_at<float>(level);
    const std::int64_t units = in.size.units();
    for (std::int64_t u = 0; u < units; u += split) table.attention_forward(forward, u, std::min(units, u + split));
    for (std::int64_t u = 0; u < units; u += split) table.attention_backward(backward, u, std::min(units, u + split));
    const AttentionForward<float> again{in, {window, T * H * E, H * E, E}, nullptr};
    for (std::int64_t u = 0; u < units; u += split) table.attention_window(again, u, std::min(units, u + split));
    return out;
}

}  // namespace

class TstKernels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void the_best_level_of_this_machine_is_used() {
        QCOMPARE(simd_levels().front(), std::string_view("generic"));
        if (qEnvironmentVariableIsEmpty("MOLT_SIMD")) QCOMPARE(simd_level(), simd_levels().back());
    }

    void all_levels_agree() {
        for (const std::string_view level : simd_levels()) {
            QVERIFY(largest_difference(run_ssd(level, 1), run_ssd("generic", 1)) < 2e-6);
            QVERIFY(largest_difference(run_attention(level, 1), run_attention("generic", 1)) < 2e-6);
            QVERIFY(largest_difference(run_loss(level), run_loss("generic")) < 2e-6);
            const std::vector<float> attention = run_attention(level, 1);
            const std::ptrdiff_t size = 2 * 37 * 4 * 12;
            QVERIFY(largest_difference({attention.begin(), attention.begin() + size},
                                       {attention.end() - size, attention.end()}) < 2e-6);
            QVERIFY(largest_difference(run_linear(level, 1), run_linear("generic", 1)) < 2e-6);
        }
    }

    void any_split_into_units_gives_the_same_bits() {
        for (const std::string_view level : simd_levels()) {
            const std::vector<float> one = run_ssd(level, 1);
            for (const std::int64_t split : {2, 4, 100}) QVERIFY(run_ssd(level, split) == one);
            QVERIFY(run_attention(level, 3) == run_attention(level, 1));
            QVERIFY(run_linear(level, 100) == run_linear(level, 1));
        }
    }

    void exponentials_are_exact_at_zero_and_close_elsewhere() {
        for (const std::string_view level : simd_levels()) {
            for (float x = -87.0f; x < 80.0f; x += 0.37f) {
                // SwiGLU of a gate shows exp through the sigmoid; both tails and the middle are covered.
                const float gate = x, up = 1.0f;
                float y = 0.0f;
                const SwigluForward<float> run{{1, 1}, {&gate, 1}, {&up, 1}, {&y, 1}};
                kernels_at<float>(level).swiglu_forward(run, 0, 1);
                const double expected = double(x) / (1.0 + std::exp(-double(x)));
                QVERIFY(std::abs(y - expected) <= 4e-7 * std::max(std::abs(expected), 1e-30));
            }
            const float gate = 0.0f, up = 1.0f;
            float y = 1.0f;
            const SwigluForward<float> run{{1, 1}, {&gate, 1}, {&up, 1}, {&y, 1}};
            kernels_at<float>(level).swiglu_forward(run, 0, 1);
            QCOMPARE(y, 0.0f);
        }
    }

    void units_hold_all_heads_that_share_a_group() {
        SsdSizes s;
        s.B = 2, s.H = 12, s.groups_x = 3, s.groups_B = 4, s.groups_C = 12;
        QCOMPARE(s.heads_per_unit(), std::int64_t(12));
        s.groups_x = 6;
        QCOMPARE(s.heads_per_unit(), std::int64_t(6));
        QCOMPARE(s.units(), std::int64_t(4));
        ScanSizes scan;
        scan.B = 3, scan.C = 64, scan.groups_B = 2, scan.groups_C = 4;
        QCOMPARE(scan.channels_per_unit(), std::int64_t(32));
        QCOMPARE(scan.units(), std::int64_t(6));
    }
};

QTEST_GUILESS_MAIN(TstKernels)
#include "tst_kernels.moc"
