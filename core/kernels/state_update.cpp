// CPU reference of the Mamba-2 decode step: reads like the definition; the CUDA kernel is held against it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/state_update.h"

#include <cmath>
#include <vector>

#include "core/base/error.h"

namespace molt::kernels {
namespace {

template <class Real>
Real silu(Real x) {
    return x / (Real(1) + std::exp(-x));
}

template <class Real>
Real softplus(Real x) {
    return x > Real(20) ? x : std::log1p(std::exp(x));
}

/// The raw input of a channel at a position of row b: from this window, the ring, or zero before the first token.
template <class T>
Accumulator<T> raw_input(const StateUpdate<T>& p, std::int64_t b, std::int64_t position, std::int64_t channel) {
    if (position < 0) return 0;
    const std::int64_t in_window = position - p.position_B[b];
    if (in_window >= 0) return widen(p.xbc_BTC.row(b, in_window)[channel]);
    return widen(p.ring_BRC[(b * p.ring + position % p.ring) * p.channels() + channel]);
}

template <class T>
Accumulator<T> raw_step(const StateUpdate<T>& p, std::int64_t b, std::int64_t position, std::int64_t head) {
    const std::int64_t in_window = position - p.position_B[b];
    if (in_window >= 0) return widen(p.dt_BTH.row(b, in_window)[head]);
    return widen(p.dt_ring_BRH[(b * p.ring + position % p.ring) * p.heads + head]);
}

template <class T>
void convolve(const StateUpdate<T>& p, std::int64_t b, std::int64_t position, std::vector<Accumulator<T>>& u_C) {
    for (std::int64_t c = 0; c < p.channels(); ++c) {
        Accumulator<T> sum = p.conv_bias_C != nullptr ? widen(p.conv_bias_C[c]) : Accumulator<T>(0);
        for (std::int64_t w = 0; w < p.conv_width; ++w) {
            sum +=
                widen(p.conv_weight_CW[c * p.conv_width + w]) * raw_input(p, b, position - (p.conv_width - 1) + w, c);
        }
        u_C[static_cast<std::size_t>(c)] = silu(sum);
    }
}

/// Advances the states of all heads of row b by the token at `position`; y_HP is null while replaying.
template <class T>
void advance(const StateUpdate<T>& p, std::int64_t b, std::int64_t position, const Accumulator<T>* u_C,
             Accumulator<T>* state_HPN, T* y_HP) {
    using Real = Accumulator<T>;
    for (std::int64_t h = 0; h < p.heads; ++h) {
        const Real delta = softplus(raw_step(p, b, position, h) + p.dt_bias_H[h]);
        const Real decay = std::exp(p.A_H[h] * delta);
        const Real* x_P = u_C + h / (p.heads / p.x_groups) * p.head_dim;
        const Real* B_N = u_C + p.b_begin() + h / (p.heads / p.b_groups) * p.state_dim;
        const Real* C_N = u_C + p.c_begin() + h / (p.heads / p.c_groups) * p.state_dim;
        for (std::int64_t row = 0; row < p.head_dim; ++row) {
            Real* state_N = state_HPN + (h * p.head_dim + row) * p.state_dim;
            Real y = p.D_H[h] * x_P[row];
            for (std::int64_t n = 0; n < p.state_dim; ++n) {
                state_N[n] = decay * state_N[n] + delta * x_P[row] * B_N[n];
                y += state_N[n] * C_N[n];
            }
            if (y_HP != nullptr) y_HP[h * p.head_dim + row] = narrow<T>(y);
        }
    }
}

template <class T>
void store_inputs(const StateUpdate<T>& p, std::int64_t b) {
    for (std::int64_t t = 0; t < p.tokens; ++t) {
        const std::int64_t slot = b * p.ring + (p.position_B[b] + t) % p.ring;
        for (std::int64_t c = 0; c < p.channels(); ++c) {
            p.ring_BRC[slot * p.channels() + c] = p.xbc_BTC.row(b, t)[c];
        }
        for (std::int64_t h = 0; h < p.heads; ++h) p.dt_ring_BRH[slot * p.heads + h] = p.dt_BTH.row(b, t)[h];
    }
}

template <class T>
void run(const StateUpdate<T>& p) {
    MOLT_ASSERT(shape_error(p) == nullptr);
    const auto state_size = static_cast<std::size_t>(p.heads) * static_cast<std::size_t>(p.head_dim * p.state_dim);
    std::vector<Accumulator<T>> u_C(static_cast<std::size_t>(p.channels()));
    for (std::int64_t b = 0; b < p.batch; ++b) {
        const std::int64_t position = p.position_B[b], pending = p.pending_B[b];
        MOLT_ASSERT(pending >= 0 && pending <= position && p.ring >= p.conv_width - 1 + pending + p.tokens);
        Accumulator<T>* stored = p.state_BHPN + static_cast<std::size_t>(b) * state_size;
        std::vector<Accumulator<T>> state(stored, stored + state_size);
        for (std::int64_t t = -pending; t < p.tokens; ++t) {
            convolve(p, b, position + t, u_C);
            advance(p, b, position + t, u_C.data(), state.data(), t < 0 ? nullptr : p.y_BTC.row(b, t));
            if (t == p.committed - 1) std::copy(state.begin(), state.end(), stored);
        }
        store_inputs(p, b);
    }
}

}  // namespace

void state_update(const StateUpdate<float>& params) { run(params); }
void state_update(const StateUpdate<double>& params) { run(params); }
void state_update(const StateUpdate<Bf16>& params) { run(params); }

}  // namespace molt::kernels
