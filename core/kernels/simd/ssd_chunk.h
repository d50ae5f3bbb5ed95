// One chunk of Q tokens of one head in local, padded matrices: what SSD forward and backward share.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// With cs_i = sum_{k<=i} A delta_k inside the chunk and S the state before it:
//   y_i = e_i C_i S + sum_{j<=i} decay_ij (C_i . B_j) xd_j,   S' = e_end S + sum_j w_j B_j (x) xd_j,   xd = delta x
//   decay_ij = exp(cs_i - cs_j), e_i = exp(cs_i), w_j = exp(cs_end - cs_j); 0 across a change of document.
// exp only ever sees differences that are not positive.
#pragma once

#include "core/kernels/simd/gemm.h"
#include "core/kernels/ssd.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {

template <class T, int L>
struct SsdChunk {
    index Q, P, N;  // padded sizes
    index tokens = 0;
    T *x, *xd, *B, *C;    // (Q,P) twice, (Q,N) twice; rows behind the last token are zero
    T* B_columns;         // (N,Q): B transposed
    T *cs, *run, *e, *w;  // (Q)
    T* decay;             // (Q,Q)
    T* product;           // (Q,Q): C_i . B_j
    T e_end = 0;

    static index scratch(const SsdSizes& s) {
        const index Q = round_up(s.chunk, L), P = round_up(s.P, L), N = round_up(s.N, L);
        return 2 * Q * P + 3 * Q * N + 4 * Q + 2 * Q * Q;
    }
    SsdChunk(const SsdSizes& s, Scratch<T>& scratch)
        : Q(round_up(s.chunk, L)), P(round_up(s.P, L)), N(round_up(s.N, L)) {
        x = scratch.take(Q * P), xd = scratch.take(Q * P), B = scratch.take(Q * N), C = scratch.take(Q * N),
        B_columns = scratch.take(N * Q);
        cs = scratch.take(Q), run = scratch.take(Q), e = scratch.take(Q), w = scratch.take(Q);
        decay = scratch.take(Q * Q), product = scratch.take(Q * Q);
    }

    /// Reads `chunk` tokens from `first` on; rows of the chunk that starts at `soon` are asked for meanwhile.
    void load(const SsdInputs<T>& in, index b, index h, index first, index soon) {
        tokens = smaller(in.size.chunk, in.size.T - first);
        const index gx = h / (in.size.H / in.size.groups_x);
        const index gB = h / (in.size.H / in.size.groups_B), gC = h / (in.size.H / in.size.groups_C);
        for (index i = 0; i < tokens; ++i) {
            if (soon >= 0 && soon + i < in.size.T) {
                prefetch_row(in.x.at(b, soon + i, gx), in.size.P);
                prefetch_row(in.B.at(b, soon + i, gB), in.size.N);
                prefetch_row(in.C.at(b, soon + i, gC), in.size.N);
            }
            copy_row<L>(x + i * P, in.x.at(b, first + i, gx), in.size.P);
            copy_row<L>(B + i * N, in.B.at(b, first + i, gB), in.size.N);
            copy_row<L>(C + i * N, in.C.at(b, first + i, gC), in.size.N);
            const T step = *in.delta.at(b, first + i, h);
            for (index p = 0; p < P; p += L) {
                store(xd + i * P + p, step == T(0) ? Vec<T, L>{} : step * read(x + i * P + p));
            }
        }
        const std::size_t rest = sizeof(T) * std::size_t(Q - tokens);
        std::memset(xd + tokens * P, 0, rest * std::size_t(P));
        std::memset(B + tokens * N, 0, rest * std::size_t(N));
        std::memset(C + tokens * N, 0, rest * std::size_t(N));
        load_decay(in, b, h, first);
    }

    /// C_i . B_j for all pairs and the decay between them.
    void pair_products() {
        transpose<L>(B, Q, N, B_columns);
        gemm<L>(Gemm<T>{Q, Q, N, {C, N, 1}, {B_columns, Q}, {product, Q}});
        Vec<T, L> lane{};
        for (int i = 0; i < L; ++i) lane[i] = T(i);
        for (index i = 0; i < Q; ++i) {
            for (index j = 0; j < Q; j += L) {
                const auto seen = (lane + T(j) <= T(i)) & (read(run + j) == run[i]);
                const Vec<T, L> value = j > i ? Vec<T, L>{} : exp_of<L>(cs[i] - read(cs + j));
                store(decay + i * Q + j, seen ? value : Vec<T, L>{});
            }
        }
    }

    /// state (N,P) = e_end state + sum_j w_j B_j (x) xd_j; overwrites B_columns.
    void advance(T* state) {
        for (index n = 0; n < N; ++n) {
            for (index j = 0; j < Q; j += L) store(B_columns + n * Q + j, read(B_columns + n * Q + j) * read(w + j));
        }
        gemm<L>(Gemm<T>{N, P, Q, {B_columns, Q, 1}, {xd, P}, {state, P}, {&e_end, 0}});
    }

private:
    static Vec<T, L> read(const T* from) { return MOLT_SIMD_LEVEL::load<L>(from); }

    void load_decay(const SsdInputs<T>& in, index b, index h, index first) {
        const std::int64_t* segment = in.segment == nullptr ? nullptr : in.segment + b * in.size.T;
        T sum = 0, document = 0;
        for (index i = 0; i < Q; ++i) {
            const index t = first + i;
            if (i < tokens) {
                sum += in.A[h] * *in.delta.at(b, t, h);
                if (segment != nullptr && t > 0 && segment[t] != segment[t - 1]) document += 1;
            }
            cs[i] = sum;
            run[i] = document;
        }
        for (index i = 0; i < Q; i += L) {
            const Vec<T, L> at = read(cs + i), document_of = read(run + i);
            store(e + i, document_of == T(0) ? exp_of<L>(at) : Vec<T, L>{});
            store(w + i, document_of == document ? exp_of<L>(sum - at) : Vec<T, L>{});
        }
        e_end = e[Q - 1];
    }
};

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
