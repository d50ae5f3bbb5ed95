// Mamba-2 SSD forward: chunks of matrix products for long rows, one token after the other for short windows.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/ssd.h"

#include "core/kernels/simd/ssd_chunk.h"
#include "core/kernels/simd/table.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {
namespace {

template <class T>
T* state_of(T* states, const SsdSizes& s, index b, index h) {
    return states + (b * s.H + h) * s.P * s.N;
}

template <class T>
void store_checkpoint(const SsdForward<T>& run, index b, index h, index first, const T* state, index padded_P) {
    const SsdSizes& s = run.in.size;
    T* to = run.checkpoints + ((b * s.H + h) * s.checkpoints() + first / SsdSizes::kCheckpoint) * s.N * s.P;
    for (index n = 0; n < s.N; ++n) std::memcpy(to + n * s.P, state + n * padded_P, sizeof(T) * std::size_t(s.P));
}

/// y += D x, then out.
template <class T, int L>
void write_outputs(const SsdForward<T>& run, index b, index h, index first, const SsdChunk<T, L>& chunk, T* y) {
    const T D = run.in.D[h];
    for (index i = 0; i < chunk.tokens; ++i) {
        T* row = y + i * chunk.P;
        for (index p = 0; p < chunk.P; p += L)
            store(row + p, load<L>(row + p) + D * load<L>(chunk.x + i * chunk.P + p));
        copy_row<L>(run.y.at(b, first + i, h), row, run.in.size.P);
    }
}

template <class T, int L>
void head_in_chunks(const SsdForward<T>& run, index b, index h, SsdChunk<T, L>& chunk, T* state, T* y) {
    const SsdSizes& s = run.in.size;
    const index P = chunk.P, N = chunk.N, Q = chunk.Q;
    std::memset(state, 0, sizeof(T) * std::size_t(N * P));
    if (run.in.state != nullptr) {
        const T* from = state_of(run.in.state, s, b, h);
        for (index p = 0; p < s.P; ++p) {
            for (index n = 0; n < s.N; ++n) state[n * P + p] = from[p * s.N + n];
        }
    }
    for (index first = 0; first < s.T; first += s.chunk) {
        if (run.checkpoints != nullptr && first % SsdSizes::kCheckpoint == 0) {
            store_checkpoint(run, b, h, first, state, P);
        }
        chunk.load(run.in, b, h, first, first + s.chunk);
        chunk.pair_products();
        for (index i = 0; i < chunk.Q * chunk.Q; ++i) chunk.product[i] *= chunk.decay[i];
        gemm<L>(Gemm<T>{Q, P, N, {chunk.C, N, 1}, {state, P}, {y, P}});
        gemm<L>(Gemm<T>{Q, P, Q, {chunk.product, Q, 1}, {chunk.xd, P}, {y, P}, {chunk.e, 1}});
        write_outputs<T, L>(run, b, h, first, chunk, y);
        chunk.advance(state);
    }
    T* to = state_of(run.state, s, b, h);
    for (index p = 0; p < s.P; ++p) {
        for (index n = 0; n < s.N; ++n) to[p * s.N + n] = state[n * P + p];
    }
}

/// One token: state (P,N padded) advances in place. Every element sees the same operations whatever the window is.
template <class T, int L>
void token(const SsdForward<T>& run, index b, index h, index t, T* state, T* B_row, T* C_row) {
    const SsdSizes& s = run.in.size;
    const index N = round_up(s.N, L);
    const T step = *run.in.delta.at(b, t, h), keep = exp_one(run.in.A[h] * step);
    const T* x = run.in.x.at(b, t, h / (s.H / s.groups_x));
    std::memcpy(B_row, run.in.B.at(b, t, h / (s.H / s.groups_B)), sizeof(T) * std::size_t(s.N));
    std::memcpy(C_row, run.in.C.at(b, t, h / (s.H / s.groups_C)), sizeof(T) * std::size_t(s.N));
    for (index p = 0; p < s.P; ++p) {
        Vec<T, L> sum{};
        for (index n = 0; n < N; n += L) {
            Vec<T, L> S = load<L>(state + p * N + n);
            if (step != T(0)) {
                S = S * keep + load<L>(B_row + n) * (step * x[p]);
                store(state + p * N + n, S);
            }
            sum += S * load<L>(C_row + n);
        }
        run.y.at(b, t, h)[p] = sum_of(sum) + run.in.D[h] * x[p];
    }
}

template <class T, int L>
void head_token_by_token(const SsdForward<T>& run, index b, index h, T* state, T* rows) {
    const SsdSizes& s = run.in.size;
    const index N = round_up(s.N, L);
    std::memset(state, 0, sizeof(T) * std::size_t(s.P * N));
    const T* from = run.in.state == nullptr ? nullptr : state_of(run.in.state, s, b, h);
    for (index p = 0; from != nullptr && p < s.P; ++p) {
        std::memcpy(state + p * N, from + p * s.N, sizeof(T) * std::size_t(s.N));
    }
    for (index t = 0; t < s.T; ++t) {
        const std::int64_t* segment = run.in.segment == nullptr ? nullptr : run.in.segment + b * s.T;
        if (segment != nullptr && t > 0 && segment[t] != segment[t - 1]) {
            std::memset(state, 0, sizeof(T) * std::size_t(s.P * N));
        }
        token<T, L>(run, b, h, t, state, rows, rows + N);
    }
    T* to = state_of(run.state, s, b, h);
    for (index p = 0; p < s.P; ++p) std::memcpy(to + p * s.N, state + p * N, sizeof(T) * std::size_t(s.N));
}

template <class T, int L>
void run_units(const SsdForward<T>& run, index begin, index end) {
    const SsdSizes& s = run.in.size;
    const index P = round_up(s.P, L), N = round_up(s.N, L), Q = round_up(s.chunk, L), heads = s.heads_per_unit();
    Scratch<T> scratch(SsdChunk<T, L>::scratch(s) + N * P + Q * P + 2 * N);
    SsdChunk<T, L> chunk(s, scratch);
    T *state = scratch.take(N * P), *y = scratch.take(Q * P), *rows = scratch.take(2 * N);
    for (index unit = begin; unit < end; ++unit) {
        const index b = unit / (s.H / heads), first_head = unit % (s.H / heads) * heads;
        for (index h = first_head; h < first_head + heads; ++h) {
            if (s.chunk == 1) {
                head_token_by_token<T, L>(run, b, h, state, rows);
            } else {
                head_in_chunks<T, L>(run, b, h, chunk, state, y);
            }
        }
    }
}

}  // namespace

template <class T>
void ssd_forward(const SsdForward<T>& run, index begin, index end) {
    const bool narrow = smaller(run.in.size.P, run.in.size.N) <= 8;
    narrow ? run_units<T, 8>(run, begin, end) : run_units<T, kWide<T>>(run, begin, end);
}
template void ssd_forward(const SsdForward<float>&, index, index);
template void ssd_forward(const SsdForward<double>&, index, index);

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
