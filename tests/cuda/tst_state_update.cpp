// The Mamba-2 decode kernel's own source on the CPU against the CPU reference: every order, every window, rollback.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/host_cuda/host_cuda.h"

#include <QtTest>
#include <random>
#include <vector>

#include "cuda/state_update.cu"
#include "tests/cuda/state_update_case.h"
#include "tests/support/host_cuda/guarded_buffer.h"

using namespace molt;
using host_cuda::Guard;
using host_cuda::Order;
using kernels::Bf16;
using testing::relative_difference;
using testing::StateUpdateCase;
using testing::StateUpdateSizes;

namespace {

/// Largest difference relative to the largest value: the kernel and the reference add in different orders.
template <class T>
constexpr double kTolerance = std::is_same_v<T, Bf16> ? 8e-3 : 2e-6;

template <class T>
void run_kernel(StateUpdateCase<T>& data, std::int64_t first, int count, int committed) {
    QCOMPARE(cuda::state_update(data.params(first, count, committed), nullptr), 0);
    data.accept(count, committed);
}
template <class T>
void run_reference(StateUpdateCase<T>& data, std::int64_t first, int count, int committed) {
    kernels::state_update(data.params(first, count, committed));
    data.accept(count, committed);
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}
template <class T>
bool same_memory(const StateUpdateCase<T>& a, const StateUpdateCase<T>& b) {
    return same_bits(a.y, b.y) && same_bits(a.state, b.state) && same_bits(a.ring, b.ring) &&
           same_bits(a.dt_ring, b.dt_ring);
}

/// One launch with every array against a forbidden page; returns a copy of `data` after it.
StateUpdateCase<float> guarded_launch(StateUpdateCase<float> data, int count, int committed, Guard guard) {
    using Floats = host_cuda::GuardedBuffer<float>;
    using Counters = host_cuda::GuardedBuffer<std::int64_t>;
    kernels::StateUpdate<float> p = data.params(0, count, committed);
    const Floats xbc("xbc", data.xbc, guard), dt("dt", data.dt, guard), weight("conv_weight", data.conv_weight, guard),
        bias("conv_bias", data.conv_bias, guard), A("A", data.A, guard), D("D", data.D, guard),
        dt_bias("dt_bias", data.dt_bias, guard), ring("ring", data.ring, guard),
        dt_ring("dt_ring", data.dt_ring, guard), state("state", data.state, guard), y("y", data.y.size(), guard);
    const Counters position("position", data.position, guard), pending("pending", data.pending, guard);
    p.xbc_BTC.data = xbc.data();
    p.dt_BTH.data = dt.data();
    p.y_BTC.data = y.data();
    p.conv_weight_CW = weight.data();
    p.conv_bias_C = bias.data();
    p.A_H = A.data();
    p.D_H = D.data();
    p.dt_bias_H = dt_bias.data();
    p.ring_BRC = ring.data();
    p.dt_ring_BRH = dt_ring.data();
    p.state_BHPN = state.data();
    p.position_B = position.data();
    p.pending_B = pending.data();
    if (cuda::state_update(p, nullptr) != 0) return data;
    for (const Floats* buffer : {&xbc, &dt, &weight, &bias, &A, &D, &dt_bias, &ring, &dt_ring, &state, &y}) {
        if (!buffer->intact()) data.y.clear();
    }
    if (!data.y.empty()) data.y = y.values();
    data.ring = ring.values();
    data.dt_ring = dt_ring.values();
    data.state = state.values();
    data.accept(count, committed);
    return data;
}

}  // namespace

class TstStateUpdate : public QObject {
    Q_OBJECT

    template <class T>
    void equals_reference(const StateUpdateSizes& sizes, std::uint64_t seed) {
        StateUpdateCase<T> kernel(sizes, seed), reference(sizes, seed);
        std::mt19937_64 random(seed);
        for (int first = 0; first < sizes.tokens;) {
            const int room = std::min(sizes.tokens - first, sizes.ring - sizes.conv_width + 1);
            const int count = 1 + static_cast<int>(random() % static_cast<std::uint64_t>(room));
            run_kernel(kernel, first, count, count);
            run_reference(reference, first, count, count);
            first += count;
        }
        const double y = relative_difference(kernel.y, reference.y),
                     state = relative_difference(kernel.state, reference.state);
        QVERIFY2(y <= kTolerance<T> && state <= kTolerance<T>,
                 qPrintable(
                     QString("y %1, state %2, P %3, N %4").arg(y).arg(state).arg(sizes.head_dim).arg(sizes.state_dim)));
    }

private Q_SLOTS:
    void init() { host_cuda::set_order(Order::Forward); }

    void the_kernel_equals_the_reference_on_every_shape() {
        for (const StateUpdateSizes& sizes : testing::state_update_shapes()) {
            for (std::uint64_t seed = 1; seed <= 2; ++seed) equals_reference<float>(sizes, seed);
        }
    }
    void bfloat16_storage_equals_the_reference() {
        for (const StateUpdateSizes& sizes : testing::state_update_shapes()) equals_reference<Bf16>(sizes, 5);
    }
    void random_shapes_equal_the_reference() {
        std::mt19937_64 random(20);
        const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<std::uint64_t>(limit)); };
        for (std::uint64_t seed = 0; seed < 12; ++seed) {
            StateUpdateSizes sizes;
            sizes.batch = 1 + below(3);
            sizes.heads = 4;
            sizes.x_groups = 1 << below(3);
            sizes.b_groups = 1 << below(3);
            sizes.c_groups = 1 << below(3);
            sizes.head_dim = 8 + below(60);
            sizes.state_dim = 4 * (1 + below(32));
            sizes.conv_width = 1 + below(5);
            sizes.tokens = 1 + below(8);
            sizes.ring = sizes.conv_width + 8 + below(4);
            equals_reference<float>(sizes, seed);
        }
    }
    void the_order_of_threads_and_blocks_does_not_change_a_bit() {
        for (const StateUpdateSizes& sizes : testing::state_update_shapes()) {
            StateUpdateCase<float> forward(sizes, 3);
            run_kernel(forward, 0, sizes.tokens, sizes.tokens);
            for (int seed = 0; seed < 3; ++seed) {
                host_cuda::set_order(seed == 0 ? Order::Reverse : Order::Random, static_cast<std::uint64_t>(seed));
                StateUpdateCase<float> other(sizes, 3);
                run_kernel(other, 0, sizes.tokens, sizes.tokens);
                QVERIFY(same_memory(forward, other));
            }
            host_cuda::set_order(Order::Forward);
        }
    }
    void one_launch_of_many_tokens_has_the_bits_of_many_launches_of_one() {
        for (const StateUpdateSizes& sizes : testing::state_update_shapes()) {
            StateUpdateCase<float> whole(sizes, 4), steps(sizes, 4);
            run_kernel(whole, 0, sizes.tokens, sizes.tokens);
            for (int t = 0; t < sizes.tokens; ++t) run_kernel(steps, t, 1, 1);
            QVERIFY(same_memory(whole, steps));
        }
    }
    void a_batch_has_the_bits_of_its_rows_alone() {
        const StateUpdateSizes sizes{3, 4, 2, 2, 4, 16, 16, 4, 12, 6};
        StateUpdateCase<float> batch(sizes, 6);
        run_kernel(batch, 0, 6, 6);
        for (int row = 0; row < 3; ++row) {
            StateUpdateCase<float> alone(sizes, 6);
            kernels::StateUpdate<float> p = alone.params(0, 6, 6);
            p.batch = 1;
            p.xbc_BTC.data += row * p.xbc_BTC.batch_stride;
            p.dt_BTH.data += row * p.dt_BTH.batch_stride;
            QCOMPARE(cuda::state_update(p, nullptr), 0);
            const auto length = static_cast<std::ptrdiff_t>(p.y_BTC.batch_stride);
            QVERIFY(std::equal(alone.y.begin(), alone.y.begin() + length, batch.y.begin() + row * length));
        }
    }
    /// Every accept count at every ring phase, rows that accept differently included.
    void refused_tokens_leave_no_trace() {
        const StateUpdateSizes sizes{2, 4, 2, 2, 4, 8, 8, 4, 13, 24};
        StateUpdateCase<float> plain(sizes, 7);
        for (int t = 0; t < sizes.tokens; ++t) run_kernel(plain, t, 1, 1);
        std::mt19937_64 random(8);
        for (int window = 1; window <= 5; ++window) {
            StateUpdateCase<float> guessed(sizes, 7);
            std::int64_t first = 0;
            while (first + window < sizes.tokens) {
                // Wrong guesses behind the kept tokens: their inputs are those of other tokens.
                const auto kept = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(window + 1));
                StateUpdateCase<float> wrong = guessed;
                for (std::size_t i = 0; i < wrong.xbc.size(); ++i) {
                    const auto token = static_cast<std::int64_t>(i) / wrong.params().channels() % sizes.tokens;
                    if (token >= first + kept) wrong.xbc[i] = 9.0f;
                }
                QCOMPARE(cuda::state_update(wrong.params(first, window, 0), nullptr), 0);
                wrong.xbc = guessed.xbc;
                guessed = wrong;
                guessed.accept(kept, 0);
                first += kept;
            }
            run_kernel(guessed, first, 1, 1);
            const auto width = static_cast<std::size_t>(sizes.heads * sizes.head_dim),
                       row = width * static_cast<std::size_t>(sizes.tokens);
            for (std::size_t b = 0; b < 2; ++b) {
                const auto length = width * static_cast<std::size_t>(first + 1);
                QVERIFY(memcmp(&guessed.y[b * row], &plain.y[b * row], length * sizeof(float)) == 0);
            }
        }
    }
    void rows_may_stand_at_different_positions() {
        const StateUpdateSizes sizes{2, 4, 2, 2, 4, 8, 8, 4, 13, 12};
        StateUpdateCase<float> kernel(sizes, 9), reference(sizes, 9);
        run_kernel(kernel, 0, 5, 5);
        run_reference(reference, 0, 5, 5);
        for (auto* data : {&kernel, &reference}) {
            data->pending = {0, 0};
            data->position = {5, 5};
        }
        QCOMPARE(cuda::state_update(kernel.params(5, 4, 1), nullptr), 0);
        kernels::state_update(reference.params(5, 4, 1));
        for (auto* data : {&kernel, &reference}) {
            data->position = {9, 7};
            data->pending = {3, 1};
        }
        QCOMPARE(cuda::state_update(kernel.params(9, 3, 0), nullptr), 0);
        kernels::state_update(reference.params(9, 3, 0));
        QVERIFY(relative_difference(kernel.state, reference.state) <= kTolerance<float>);
        QVERIFY(relative_difference(kernel.y, reference.y) <= kTolerance<float>);
    }
    void no_access_leaves_a_buffer() {
        for (const StateUpdateSizes& sizes : testing::state_update_shapes()) {
            for (const Guard guard : {Guard::Behind, Guard::Before}) {
                StateUpdateCase<float> expected(sizes, 10);
                const StateUpdateCase<float> got = guarded_launch(expected, sizes.tokens, 1, guard);
                run_kernel(expected, 0, sizes.tokens, 1);
                QVERIFY(same_memory(got, expected));
            }
        }
    }
    void uncovered_shapes_are_refused_before_the_launch() {
        StateUpdateSizes sizes;
        sizes.state_dim = 10;
        QCOMPARE(cuda::state_update(StateUpdateCase<float>(sizes, 1).params(), nullptr), cuda::kBadShape);
        sizes.state_dim = 260;
        QCOMPARE(cuda::state_update(StateUpdateCase<float>(sizes, 1).params(), nullptr), cuda::kBadShape);
        StateUpdateCase<float> data(StateUpdateSizes{}, 1);
        kernels::StateUpdate<float> p = data.params();
        p.state_BHPN += 1;
        QCOMPARE(cuda::state_update(p, nullptr), cuda::kBadShape);
        p = data.params();
        p.x_groups = 3;
        QCOMPARE(cuda::state_update(p, nullptr), cuda::kBadShape);
    }
};

QTEST_GUILESS_MAIN(TstStateUpdate)
#include "tst_state_update.moc"
