// Attention forward and backward in blocks of 16 queries; exp and masks in full vectors, everything else small
// products. SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/attention.h"

#include "core/kernels/simd/attention_block.h"
#include "core/kernels/simd/table.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {
namespace {

template <class T, int L>
void forward_units(const AttentionForward<T>& run, index begin, index end) {
    using Block = AttentionBlock<T, L>;
    const AttentionSizes& size = run.in.size;
    Scratch<T> scratch(Block::scratch(size) + Block::kQueries * round_up(size.E, L));
    Block block(run.in, scratch);
    T* out = scratch.take(Block::kQueries * block.E);
    for (index unit = begin; unit < end; ++unit) {
        block.select(unit);
        block.copy_head(run.in.k, block.rows);
        transpose<L>(block.rows, block.S, block.E, block.columns);
        block.copy_head(run.in.v, block.rows);
        for (index h = block.kv * (size.H / size.K); h < (block.kv + 1) * (size.H / size.K); ++h) {
            for (index first = 0; first < size.T; first += Block::kQueries) {
                block.load_queries(h, first);
                T share[Block::kQueries];
                for (index i = 0; i < block.queries; ++i) {
                    T largest = 0;
                    const T sum = exponentiate<L>(
                        block.scores + i * block.S, block.from, block.to, [&](index s) { return block.seen(i, s); },
                        largest);
                    share[i] = sum > T(0) ? T(1) / sum : T(0);
                    if (run.log_sum != nullptr) {
                        run.log_sum[(block.b * size.H + h) * size.T + first + i] = largest + T(::log(double(sum)));
                    }
                }
                const T* values = block.rows + block.from * block.E;
                gemm<L>(Gemm<T>{Block::kQueries,
                                block.E,
                                block.to - block.from,
                                {block.scores + block.from, block.S, 1},
                                {values, block.E},
                                {out, block.E}});
                for (index i = 0; i < block.queries; ++i) {
                    for (index e = 0; e < block.E; e += L) {
                        store(out + i * block.E + e, share[i] * load<L>(out + i * block.E + e));
                    }
                    copy_row<L>(run.y.at(block.b, first + i, h), out + i * block.E, size.E);
                }
            }
        }
    }
}

/// With P the softmax and D_i = dy_i . y_i: dS = P (dy v' - D), dq = dS k, dk = dS' q, dv = P' dy.
template <class T, int L>
struct Backward {
    using Block = AttentionBlock<T, L>;
    const AttentionBackward<T>& run;
    Block block;
    T* value_columns;  // (E,S): values, transposed
    T *dk, *dv;        // (S,E)
    T *dy, *dq;        // (kQueries,E)
    T* dscores;        // (kQueries,S)
    T one = 1;

    static index scratch(const AttentionSizes& s) {
        const index S = round_up(s.S, L), E = round_up(s.E, L);
        return Block::scratch(s) + 3 * S * E + Block::kQueries * (2 * E + S);
    }
    Backward(const AttentionBackward<T>& params, Scratch<T>& scratch) : run(params), block(params.in, scratch) {
        const index S = block.S, E = block.E;
        value_columns = scratch.take(E * S), dk = scratch.take(S * E), dv = scratch.take(S * E);
        dy = scratch.take(Block::kQueries * E), dq = scratch.take(Block::kQueries * E);
        dscores = scratch.take(Block::kQueries * S);
    }

    void one_unit(index unit) {
        const AttentionSizes& size = run.in.size;
        block.select(unit);
        block.copy_head(run.in.v, block.rows);
        transpose<L>(block.rows, block.S, block.E, value_columns);
        block.copy_head(run.in.k, block.rows);
        transpose<L>(block.rows, block.S, block.E, block.columns);
        std::memset(dk, 0, sizeof(T) * std::size_t(block.S * block.E));
        std::memset(dv, 0, sizeof(T) * std::size_t(block.S * block.E));
        for (index h = block.kv * (size.H / size.K); h < (block.kv + 1) * (size.H / size.K); ++h) {
            for (index first = 0; first < size.T; first += Block::kQueries) one_block(h, first);
        }
        for (index s = 0; s < size.S; ++s) {
            copy_row<L>(run.dk.at(block.b, s, block.kv), dk + s * block.E, size.E);
            copy_row<L>(run.dv.at(block.b, s, block.kv), dv + s * block.E, size.E);
        }
    }

private:
    void one_block(index h, index first) {
        const index S = block.S, E = block.E;
        block.load_queries(h, first);
        const index from = block.from, width = block.to - from;
        std::memset(dy, 0, sizeof(T) * std::size_t(Block::kQueries * E));
        for (index i = 0; i < block.queries; ++i) {
            copy_row<L>(dy + i * E, run.dy.at(block.b, first + i, h), run.in.size.E);
        }
        gemm<L>(Gemm<T>{Block::kQueries, width, E, {dy, E, 1}, {value_columns + from, S}, {dscores + from, S}});
        for (index i = 0; i < Block::kQueries; ++i) softmax_gradient(i, h);
        gemm<L>(Gemm<T>{Block::kQueries, E, width, {dscores + from, S, 1}, {block.rows + from * E, E}, {dq, E}});
        const Keep<T> all{&one, 0};
        gemm<L>(Gemm<T>{width, E, Block::kQueries, {dscores + from, 1, S}, {block.q, E}, {dk + from * E, E}, all});
        gemm<L>(Gemm<T>{width, E, Block::kQueries, {block.scores + from, 1, S}, {dy, E}, {dv + from * E, E}, all});
        const T scale = T(1) / T(__builtin_sqrt(double(run.in.size.E)));
        for (index i = 0; i < block.queries; ++i) {
            for (index e = 0; e < E; e += L) store(dq + i * E + e, scale * load<L>(dq + i * E + e));
            copy_row<L>(run.dq.at(block.b, first + i, h), dq + i * E, run.in.size.E);
        }
    }

    /// Row i of scores becomes the softmax, row i of dscores its gradient; rows behind the last query become zero.
    void softmax_gradient(index i, index h) {
        T *p = block.scores + i * block.S, *d = dscores + i * block.S;
        if (i >= block.queries) {
            for (index s = block.from; s < block.to; ++s) p[s] = d[s] = 0;
            return;
        }
        const T* y = run.y.at(block.b, block.first + i, h);
        T mean = 0;
        for (index e = 0; e < run.in.size.E; ++e) mean += dy[i * block.E + e] * y[e];
        const T log_sum = run.log_sum[(block.b * run.in.size.H + h) * run.in.size.T + block.first + i];
        for (index s = block.from; s < block.to; s += L) {
            const Vec<T, L> share = block.seen(i, s) ? exp_of<L>(load<L>(p + s) - log_sum) : Vec<T, L>{};
            store(p + s, share);
            store(d + s, share * (load<L>(d + s) - mean));
        }
    }
};

template <class T, int L>
void backward_units(const AttentionBackward<T>& run, index begin, index end) {
    Scratch<T> scratch(Backward<T, L>::scratch(run.in.size));
    Backward<T, L> backward(run, scratch);
    for (index unit = begin; unit < end; ++unit) backward.one_unit(unit);
}

}  // namespace

template <class T>
void attention_forward(const AttentionForward<T>& run, index begin, index end) {
    run.in.size.E <= 8 ? forward_units<T, 8>(run, begin, end) : forward_units<T, kWide<T>>(run, begin, end);
}
template <class T>
void attention_backward(const AttentionBackward<T>& run, index begin, index end) {
    run.in.size.E <= 8 ? backward_units<T, 8>(run, begin, end) : backward_units<T, kWide<T>>(run, begin, end);
}
template void attention_forward(const AttentionForward<float>&, index, index);
template void attention_forward(const AttentionForward<double>&, index, index);
template void attention_backward(const AttentionBackward<float>&, index, index);
template void attention_backward(const AttentionBackward<double>&, index, index);

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
