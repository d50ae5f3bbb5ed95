// Random problems for the Mamba-2 decode step, shared by the test on the CPU and the program for a GPU. No test
// framework. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/kernels/state_update.h"

namespace molt::testing {

struct StateUpdateSizes {
    int batch = 1, heads = 4, x_groups = 2, b_groups = 2, c_groups = 4, head_dim = 8, state_dim = 8, conv_width = 4;
    int ring = 16;
    int tokens = 1;  ///< of the whole test sequence
};

/// Weights, a sequence of raw inputs, and the memory of a layer at position 0. T is the storage type.
template <class T>
struct StateUpdateCase {
    using Real = kernels::Accumulator<T>;
    StateUpdateSizes sizes;
    std::vector<T> xbc, dt, conv_weight, conv_bias, ring, dt_ring, y;
    std::vector<Real> A, D, dt_bias, state;
    std::vector<std::int64_t> position, pending;

    StateUpdateCase(const StateUpdateSizes& wanted, std::uint64_t seed) : sizes(wanted) {
        std::mt19937_64 random(seed);
        const auto fill = [&](auto& to, std::size_t count, double low, double high) {
            using Element = typename std::remove_reference_t<decltype(to)>::value_type;
            std::uniform_real_distribution<double> draw(low, high);
            to.resize(count);
            for (auto& element : to)
                element = kernels::narrow<Element>(static_cast<kernels::Accumulator<Element>>(draw(random)));
        };
        const auto size = [](auto... factors) { return (static_cast<std::size_t>(factors) * ...); };
        const int channels = params().channels();
        const auto& s = sizes;
        fill(xbc, size(s.batch, s.tokens, channels), -2, 2);
        fill(dt, size(s.batch, s.tokens, s.heads), -3, 3);
        fill(conv_weight, size(channels, s.conv_width), -0.5, 0.5);
        fill(conv_bias, size(channels), -0.5, 0.5);
        fill(A, size(s.heads), -16, -0.05);
        fill(D, size(s.heads), -1, 1);
        fill(dt_bias, size(s.heads), -4, 1);
        fill(state, size(s.batch, s.heads, s.head_dim, s.state_dim), 0, 0);
        // Memory that nobody has written yet must not matter.
        const T poison = kernels::narrow<T>(static_cast<Real>(NAN));
        ring.assign(size(s.batch, s.ring, channels), poison);
        dt_ring.assign(size(s.batch, s.ring, s.heads), poison);
        y.assign(size(s.batch, s.tokens, s.heads, s.head_dim), poison);
        position.assign(static_cast<std::size_t>(s.batch), 0);
        pending.assign(static_cast<std::size_t>(s.batch), 0);
    }

    /// A window of `count` tokens of the sequence from `first` on, of which `committed` are kept for certain.
    kernels::StateUpdate<T> params(std::int64_t first = 0, int count = 1, int committed = 1) {
        kernels::StateUpdate<T> p{};
        p.batch = sizes.batch;
        p.tokens = count;
        p.heads = sizes.heads;
        p.x_groups = sizes.x_groups;
        p.b_groups = sizes.b_groups;
        p.c_groups = sizes.c_groups;
        p.head_dim = sizes.head_dim;
        p.state_dim = sizes.state_dim;
        p.conv_width = sizes.conv_width;
        p.ring = sizes.ring;
        p.committed = committed;
        p.position_B = position.data();
        p.pending_B = pending.data();
        const auto rows = [&](auto* data, std::int64_t width) {
            return kernels::Rows<std::remove_pointer_t<decltype(data)>>{data + first * width, sizes.tokens * width,
                                                                        width};
        };
        p.xbc_BTC = rows(static_cast<const T*>(xbc.data()), p.channels());
        p.dt_BTH = rows(static_cast<const T*>(dt.data()), sizes.heads);
        p.y_BTC = rows(y.data(), std::int64_t{sizes.heads} * sizes.head_dim);
        p.conv_weight_CW = conv_weight.data();
        p.conv_bias_C = conv_bias.data();
        p.A_H = A.data();
        p.D_H = D.data();
        p.dt_bias_H = dt_bias.data();
        p.ring_BRC = ring.data();
        p.dt_ring_BRH = dt_ring.data();
        p.state_BHPN = state.data();
        return p;
    }

    /// What the decoder does between launches: `kept` tokens of a window are accepted.
    void accept(std::int64_t kept, int committed) {
        for (std::size_t b = 0; b < position.size(); ++b) {
            position[b] += kept;
            pending[b] = kept - committed;
        }
    }
};

/// max |a - b| / (max |b| + 1e-6); NaN counts as infinite.
template <class A, class B>
double relative_difference(const std::vector<A>& a, const std::vector<B>& b) {
    double difference = a.size() == b.size() ? 0.0 : INFINITY, scale = 1e-6;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
        const double x = kernels::widen(a[i]), y = kernels::widen(b[i]);
        if (!(std::abs(x - y) < INFINITY)) return INFINITY;
        difference = std::max(difference, std::abs(x - y));
        scale = std::max(scale, std::abs(y));
    }
    return difference / scale;
}

/// The shapes that matter: tiny models, the official hybrid (grouped x and B), stock Mamba-2, odd widths, wide states.
inline std::vector<StateUpdateSizes> state_update_shapes() {
    return {
        {1, 8, 4, 4, 8, 8, 8, 4, 16, 9},     {3, 4, 2, 2, 4, 16, 16, 4, 12, 8}, {2, 4, 1, 1, 4, 64, 64, 4, 12, 5},
        {1, 2, 1, 1, 2, 128, 128, 4, 11, 4}, {2, 6, 6, 2, 2, 24, 20, 3, 13, 8}, {1, 2, 2, 1, 1, 40, 256, 4, 12, 3},
        {2, 3, 3, 3, 3, 12, 4, 1, 8, 6},     {1, 1, 1, 1, 1, 130, 36, 2, 9, 4},
    };
}

}  // namespace molt::testing
