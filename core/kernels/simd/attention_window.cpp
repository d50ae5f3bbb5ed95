// Attention of a few queries over a cache: keys and values are read once, where they stand.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/attention.h"

#include "core/kernels/simd/attention_block.h"
#include "core/kernels/simd/table.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {
namespace {

/// One key head of one batch row; its rows are the queries of all heads that share it, head by head.
template <class T, int L>
struct Window {
    const AttentionForward<T>& run;
    KeyMarks<T, L> marks;
    index S, E, group, rows;  // S and E padded
    T *q, *out;               // (rows,E); q is scaled by 1 / sqrt(head size)
    T* scores;                // (rows,S)
    T* padded;                // (E): a key or value whose size is no multiple of L

    static index scratch(const AttentionSizes& s) {
        const index wide = round_up(s.E, L), count = s.H / s.K * s.T;
        return KeyMarks<T, L>::scratch(s) + count * (2 * wide + round_up(s.S, L)) + wide;
    }
    Window(const AttentionForward<T>& params, Scratch<T>& scratch)
        : run(params), marks(params.in, scratch), S(marks.S), E(round_up(params.in.size.E, L)) {
        const AttentionSizes& size = run.in.size;
        group = size.H / size.K, rows = group * size.T;
        q = scratch.take(rows * E), out = scratch.take(rows * E);
        scores = scratch.take(rows * S), padded = scratch.take(E);
    }

    void one_unit(index unit) {
        const AttentionSizes& size = run.in.size;
        const index b = unit / size.K, kv = unit % size.K;
        marks.select(b);
        load_queries(b, kv);
        for (index s = 0; s < size.S; ++s) {
            const T* key = row_of(run.in.k.at(b, s, kv));
            for (index r = 0; r < rows; ++r) scores[r * S + s] = dot<L>(q + r * E, key, E);
        }
        std::memset(out, 0, sizeof(T) * std::size_t(rows * E));
        for (index r = 0; r < rows; ++r) soften(b, r);
        for (index s = 0; s < size.S; ++s) {
            const T* value = row_of(run.in.v.at(b, s, kv));
            for (index r = 0; r < rows; ++r) {
                const T share = scores[r * S + s];
                for (index e = 0; e < E; e += L)
                    store(out + r * E + e, load<L>(out + r * E + e) + share * load<L>(value + e));
            }
        }
        for (index r = 0; r < rows; ++r)
            copy_row<L>(run.y.at(b, r % size.T, kv * group + r / size.T), out + r * E, size.E);
    }

private:
    const T* row_of(const T* from) {
        if (E == run.in.size.E) return from;
        std::memcpy(padded, from, sizeof(T) * std::size_t(run.in.size.E));
        return padded;
    }
    void load_queries(index b, index kv) {
        const AttentionSizes& size = run.in.size;
        const T scale = T(1) / T(__builtin_sqrt(double(size.E)));
        for (index r = 0; r < rows; ++r) {
            const T* from = run.in.q.at(b, r % size.T, kv * group + r / size.T);
            for (index e = 0; e < size.E; ++e) q[r * E + e] = scale * from[e];
        }
    }
    /// Scores of one row become shares that add up to 1, or zeros where it sees no key.
    void soften(index b, index r) {
        const index query = b * run.in.size.T + r % run.in.size.T;
        const T at = T(run.in.query_position[query]);
        const T document = run.in.query_segment == nullptr ? T(0) : T(run.in.query_segment[query]);
        T* row = scores + r * S;
        T largest = 0;
        const T sum = exponentiate<L>(
            row, 0, S, [&](index s) { return marks.seen(at, document, s); }, largest);
        const T share = sum > T(0) ? T(1) / sum : T(0);
        for (index s = 0; s < S; s += L) store(row + s, share * load<L>(row + s));
    }
};

template <class T, int L>
void window_units(const AttentionForward<T>& run, index begin, index end) {
    Scratch<T> scratch(Window<T, L>::scratch(run.in.size));
    Window<T, L> window(run, scratch);
    for (index unit = begin; unit < end; ++unit) window.one_unit(unit);
}

}  // namespace

template <class T>
void attention_window(const AttentionForward<T>& run, index begin, index end) {
    run.in.size.E <= 8 ? window_units<T, 8>(run, begin, end) : window_units<T, kWide<T>>(run, begin, end);
}
template void attention_window(const AttentionForward<float>&, index, index);
template void attention_window(const AttentionForward<double>&, index, index);

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
