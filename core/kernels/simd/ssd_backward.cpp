// Mamba-2 SSD backward: spans of tokens from the last to the first, states recomputed from the span's checkpoint.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/simd/ssd_chunk.h"
#include "core/kernels/simd/table.h"
#include "core/kernels/ssd.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {
namespace {

template <class T>
void scale_rows(const T* from, const T* factor, index rows, index columns, T* to) {
    for (index r = 0; r < rows; ++r) {
        for (index c = 0; c < columns; ++c) to[r * columns + c] = factor[r] * from[r * columns + c];
    }
}

/// Everything that the backward pass of one head needs besides the chunk; states and their gradients padded.
template <class T, int L>
struct Backward {
    const SsdBackward<T>& run;
    SsdChunk<T, L> chunk;
    T* states;                // (chunks per span, P, N): before each chunk
    T *dstate, *dstate_rows;  // (N,P) and its transpose (P,N)
    T *dy, *scaled, *dxd;     // (Q,P)
    T* xd_columns;            // (P,Q)
    T *dB, *dC;               // (Q,N)
    T *dproduct, *dcs;        // (Q,Q), (Q)
    double dA = 0, dD = 0;    // sums over a whole row of tokens

    static index scratch(const SsdSizes& s) {
        const index Q = round_up(s.chunk, L), P = round_up(s.P, L), N = round_up(s.N, L);
        return SsdChunk<T, L>::scratch(s) + (SsdSizes::kCheckpoint / s.chunk + 2) * P * N + 4 * Q * P + 2 * Q * N +
               Q * Q + Q;
    }
    Backward(const SsdBackward<T>& params, Scratch<T>& scratch) : run(params), chunk(params.in.size, scratch) {
        const index Q = chunk.Q, P = chunk.P, N = chunk.N;
        states = scratch.take(SsdSizes::kCheckpoint / params.in.size.chunk * P * N);
        dstate = scratch.take(N * P), dstate_rows = scratch.take(P * N);
        dy = scratch.take(Q * P), scaled = scratch.take(Q * P), dxd = scratch.take(Q * P);
        xd_columns = scratch.take(P * Q), dB = scratch.take(Q * N), dC = scratch.take(Q * N);
        dproduct = scratch.take(Q * Q), dcs = scratch.take(Q);
    }

    void head(index b, index h) {
        const SsdSizes& s = run.in.size;
        dA = 0, dD = 0;
        std::memset(dstate, 0, sizeof(T) * std::size_t(chunk.N * chunk.P));
        const T* from = run.dstate == nullptr ? nullptr : run.dstate + (b * s.H + h) * s.P * s.N;
        for (index p = 0; from != nullptr && p < s.P; ++p) {
            for (index n = 0; n < s.N; ++n) dstate[n * chunk.P + p] = from[p * s.N + n];
        }
        for (index span = s.checkpoints() - 1; span >= 0; --span) {
            const index begin = span * SsdSizes::kCheckpoint, end = smaller(begin + SsdSizes::kCheckpoint, s.T);
            recompute_states(b, h, span, begin, end);
            for (index first = begin + (end - begin - 1) / s.chunk * s.chunk; first >= begin; first -= s.chunk) {
                one_chunk(b, h, first, states + (first - begin) / s.chunk * chunk.P * chunk.N);
            }
        }
        run.dA_rows[b * s.H + h] = T(dA);
        run.dD_rows[b * s.H + h] = T(dD);
        T* to = run.dstate_in == nullptr ? nullptr : run.dstate_in + (b * s.H + h) * s.P * s.N;
        for (index p = 0; to != nullptr && p < s.P; ++p) {
            for (index n = 0; n < s.N; ++n) to[p * s.N + n] = dstate[n * chunk.P + p];
        }
    }

private:
    void recompute_states(index b, index h, index span, index begin, index end) {
        const SsdSizes& s = run.in.size;
        const index P = chunk.P, N = chunk.N;
        const T* from = run.checkpoints + ((b * s.H + h) * s.checkpoints() + span) * s.N * s.P;
        for (index p = 0; p < s.P; ++p) {
            for (index n = 0; n < s.N; ++n) states[p * N + n] = from[n * s.P + p];
        }
        for (index first = begin; first + s.chunk < end; first += s.chunk) {
            const T* state = states + (first - begin) / s.chunk * P * N;
            T* next = states + ((first - begin) / s.chunk + 1) * P * N;
            chunk.load(run.in, b, h, first, first + s.chunk);
            std::memcpy(next, state, sizeof(T) * std::size_t(P * N));
            scale_rows(chunk.xd, chunk.w, chunk.Q, P, scaled);
            gemm<L>(Gemm<T>{P, N, chunk.Q, {scaled, 1, P}, {chunk.B, N}, {next, N}, {&chunk.e_end, 0}});
        }
    }

    void one_chunk(index b, index h, index first, const T* state) {
        const SsdSizes& s = run.in.size;
        chunk.load(run.in, b, h, first, first - s.chunk);
        for (index i = 0; i < chunk.tokens; ++i) {
            if (first >= s.chunk) prefetch_row(run.dy.at(b, first - s.chunk + i, h), s.P);
            copy_row<L>(dy + i * chunk.P, run.dy.at(b, first + i, h), s.P);
        }
        std::memset(dy + chunk.tokens * chunk.P, 0, sizeof(T) * std::size_t((chunk.Q - chunk.tokens) * chunk.P));
        std::memset(dcs, 0, sizeof(T) * std::size_t(chunk.Q));
        chunk.pair_products();
        pair_gradients();
        state_gradients(state);
        write(b, h, first);
    }

    /// product becomes decay * product (M); dproduct = decay * dM; the strictly lower part of dM * M moves cs.
    void pair_gradients() {
        const index Q = chunk.Q;
        transpose<L>(chunk.xd, Q, chunk.P, xd_columns);
        gemm<L>(Gemm<T>{Q, Q, chunk.P, {dy, chunk.P, 1}, {xd_columns, Q}, {dproduct, Q}});
        for (index i = 0; i < Q; ++i) {
            T* d = dproduct + i * Q;
            T* m = chunk.product + i * Q;
            const T* decay = chunk.decay + i * Q;
            Vec<T, L> row{};
            for (index j = 0; j < Q; j += L) {
                const Vec<T, L> mixed = load<L>(m + j) * load<L>(decay + j);
                Vec<T, L> moved = load<L>(d + j) * mixed;
                if (i >= j && i < j + L) moved[i - j] = 0;
                row += moved;
                store(dcs + j, load<L>(dcs + j) - moved);
                store(m + j, mixed);
                store(d + j, load<L>(d + j) * load<L>(decay + j));
            }
            dcs[i] += sum_of(row);
        }
    }

    void state_gradients(const T* state) {
        const index Q = chunk.Q, P = chunk.P, N = chunk.N;
        transpose<L>(dstate, N, P, dstate_rows);
        gemm<L>(Gemm<T>{Q, P, N, {chunk.B, N, 1}, {dstate, P}, {dxd, P}});
        gemm<L>(Gemm<T>{Q, N, P, {dy, P, 1}, {state, N}, {dC, N}});
        gemm<L>(Gemm<T>{Q, N, P, {chunk.xd, P, 1}, {dstate_rows, N}, {dB, N}});
        T last = chunk.e_end * dot<L>(dstate_rows, state, P * N);
        for (index i = 0; i < Q; ++i) {
            const T out = chunk.w[i] * dot<L>(chunk.xd + i * P, dxd + i * P, P);
            dcs[i] += chunk.e[i] * dot<L>(chunk.C + i * N, dC + i * N, N) - out;
            last += out;
        }
        dcs[Q - 1] += last;
        const Keep<T> w{chunk.w, 1}, e{chunk.e, 1};
        gemm<L>(Gemm<T>{Q, P, Q, {chunk.product, 1, Q}, {dy, P}, {dxd, P}, w});
        gemm<L>(Gemm<T>{Q, N, Q, {dproduct, 1, Q}, {chunk.C, N}, {dB, N}, w});
        gemm<L>(Gemm<T>{Q, N, Q, {dproduct, Q, 1}, {chunk.B, N}, {dC, N}, e});
        scale_rows(dy, chunk.e, Q, P, scaled);
        gemm<L>(Gemm<T>{N, P, Q, {chunk.C, 1, N}, {scaled, P}, {dstate, P}, {&chunk.e_end, 0}});
    }

    void write(index b, index h, index first) {
        const SsdSizes& s = run.in.size;
        const index gx = h / (s.H / s.groups_x), gB = h / (s.H / s.groups_B), gC = h / (s.H / s.groups_C);
        T later = 0;
        for (index i = chunk.Q - 1; i >= chunk.tokens; --i) later += dcs[i];
        for (index i = chunk.tokens - 1; i >= 0; --i) {
            const index t = first + i;
            const T step = *run.in.delta.at(b, t, h), D = run.in.D[h];
            const T *x = chunk.x + i * chunk.P, *d_y = dy + i * chunk.P;
            T* d_xd = dxd + i * chunk.P;
            const T through_x = dot<L>(d_xd, x, chunk.P);
            dD += double(dot<L>(d_y, x, chunk.P));
            for (index p = 0; p < chunk.P; p += L) store(d_xd + p, step * load<L>(d_xd + p) + D * load<L>(d_y + p));
            add_row<L>(run.dx.at(b, t, gx), d_xd, s.P);
            add_row<L>(run.dB.at(b, t, gB), dB + i * chunk.N, s.N);
            add_row<L>(run.dC.at(b, t, gC), dC + i * chunk.N, s.N);
            later += dcs[i];
            dA += double(step * later);
            *run.ddelta.at(b, t, h) = through_x + run.in.A[h] * later;
        }
    }
};

template <class T, int L>
void run_units(const SsdBackward<T>& run, index begin, index end) {
    const SsdSizes& s = run.in.size;
    Scratch<T> scratch(Backward<T, L>::scratch(s));
    Backward<T, L> backward(run, scratch);
    const index heads = s.heads_per_unit();
    for (index unit = begin; unit < end; ++unit) {
        const index b = unit / (s.H / heads), first_head = unit % (s.H / heads) * heads;
        for (index h = first_head; h < first_head + heads; ++h) backward.head(b, h);
    }
}

}  // namespace

template <class T>
void ssd_backward(const SsdBackward<T>& run, index begin, index end) {
    const bool narrow = smaller(run.in.size.P, run.in.size.N) <= 8;
    narrow ? run_units<T, 8>(run, begin, end) : run_units<T, kWide<T>>(run, begin, end);
}
template void ssd_backward(const SsdBackward<float>&, index, index);
template void ssd_backward(const SsdBackward<double>&, index, index);

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
