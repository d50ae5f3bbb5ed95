// Which keys a query may see, its softmax, and one key head of one batch row with blocks of queries.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/attention.h"
#include "core/kernels/simd/gemm.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {

constexpr double kMasked = -1e30, kNever = 1e30;

/// Positions and documents of the keys of one batch row, padded; empty slots are infinitely late.
template <class T, int L>
struct KeyMarks {
    const AttentionInputs<T>& in;
    index S;  // padded
    T *position, *document;

    static index scratch(const AttentionSizes& s) { return 2 * round_up(s.S, L); }
    KeyMarks(const AttentionInputs<T>& inputs, Scratch<T>& scratch) : in(inputs), S(round_up(inputs.size.S, L)) {
        position = scratch.take(S), document = scratch.take(S);
    }
    void select(index b) {
        for (index s = 0; s < S; ++s) {
            const bool filled = s < in.size.S && in.key_position[b * in.size.S + s] >= 0;
            position[s] = filled ? T(in.key_position[b * in.size.S + s]) : T(kNever);
            document[s] = in.key_segment == nullptr || s >= in.size.S ? T(0) : T(in.key_segment[b * in.size.S + s]);
        }
    }
    /// All ones where a query at this position of this document may see keys [s, s + L).
    auto seen(T at, T document_of_query, index s) const {
        const Vec<T, L> key = load<L>(position + s);
        const T oldest = in.size.window > 0 ? at - T(in.size.window) : T(-1);
        return (key <= at) & (key > oldest) & (load<L>(document + s) == document_of_query);
    }
};

/// Scores of one query in row[from, to) become exp(score - largest) where seen(s) holds, else 0; returns their sum.
template <int L, class T, class Seen>
inline T exponentiate(T* row, index from, index to, const Seen& seen, T& largest) {
    Vec<T, L> high = splat<L>(T(kMasked)), sum{};
    for (index s = from; s < to; s += L) {
        const Vec<T, L> score = seen(s) ? load<L>(row + s) : splat<L>(T(kMasked));
        high = score > high ? score : high;
        store(row + s, score);
    }
    largest = high[0];
    for (int lane = 1; lane < L; ++lane) largest = high[lane] > largest ? high[lane] : largest;
    for (index s = from; s < to; s += L) {
        const Vec<T, L> score = load<L>(row + s);
        const Vec<T, L> p = score > T(kMasked) ? exp_of<L>(score - largest) : Vec<T, L>{};
        store(row + s, p);
        sum += p;
    }
    return sum_of(sum);
}

/// L lanes. Scores of a block of queries stand in full rows over all keys: no running maximum, one softmax per row.
template <class T, int L>
struct AttentionBlock {
    static constexpr index kQueries = 16;
    const AttentionInputs<T>& in;
    index S, E;  // padded sizes
    KeyMarks<T, L> marks;
    T* columns;     // (E,S): keys, transposed
    T* rows;        // (S,E): values (forward) or keys (backward)
    T *q, *scores;  // (kQueries,E), (kQueries,S); q is scaled by 1 / sqrt(head size)
    T q_position[kQueries], q_document[kQueries];
    index b = 0, kv = 0, first = 0, queries = 0, from = 0, to = 0;  // the block sees no key outside [from, to)

    static index scratch(const AttentionSizes& s) {
        const index S = round_up(s.S, L), E = round_up(s.E, L);
        return KeyMarks<T, L>::scratch(s) + 2 * S * E + kQueries * (E + S);
    }
    AttentionBlock(const AttentionInputs<T>& inputs, Scratch<T>& scratch)
        : in(inputs), S(round_up(inputs.size.S, L)), E(round_up(inputs.size.E, L)), marks(inputs, scratch) {
        columns = scratch.take(E * S), rows = scratch.take(S * E);
        q = scratch.take(kQueries * E), scores = scratch.take(kQueries * S);
    }

    /// Starts (batch row, key head): positions and documents of the keys.
    void select(index unit) {
        b = unit / in.size.K, kv = unit % in.size.K;
        marks.select(b);
    }
    void copy_head(const View<const T>& source, T* packed) const {
        for (index s = 0; s < in.size.S; ++s) copy_row<L>(packed + s * E, source.at(b, s, kv), in.size.E);
    }

    /// Queries [first, first + kQueries) of head h, scaled, and the range of keys that any of them sees.
    void load_queries(index h, index first_query) {
        first = first_query, queries = smaller(kQueries, in.size.T - first);
        const T scale = T(1) / T(__builtin_sqrt(double(in.size.E)));
        std::memset(q, 0, sizeof(T) * std::size_t(kQueries * E));
        for (index i = 0; i < queries; ++i) {
            copy_row<L>(q + i * E, in.q.at(b, first + i, h), in.size.E);
            for (index e = 0; e < E; e += L) store(q + i * E + e, scale * load<L>(q + i * E + e));
            q_position[i] = T(in.query_position[b * in.size.T + first + i]);
            q_document[i] = in.query_segment == nullptr ? T(0) : T(in.query_segment[b * in.size.T + first + i]);
        }
        find_range();
        gemm<L>(Gemm<T>{kQueries, to - from, E, {q, E, 1}, {columns + from, S}, {scores + from, S}});
    }

    /// All ones where query i may see keys [s, s + L).
    auto seen(index i, index s) const { return marks.seen(q_position[i], q_document[i], s); }

private:
    void find_range() {
        T early = q_position[0], late = early, low = q_document[0], high = low;
        for (index i = 1; i < queries; ++i) {
            early = q_position[i] < early ? q_position[i] : early, late = q_position[i] > late ? q_position[i] : late;
            low = q_document[i] < low ? q_document[i] : low, high = q_document[i] > high ? q_document[i] : high;
        }
        const T oldest = in.size.window > 0 ? early - T(in.size.window) : T(-1);
        const auto relevant = [&](index s) {
            return marks.position[s] <= late && marks.position[s] > oldest && marks.document[s] >= low &&
                   marks.document[s] <= high;
        };
        from = 0, to = in.size.S;
        while (from < to && !relevant(from)) ++from;
        while (to > from && !relevant(to - 1)) --to;
        from = from / L * L, to = round_up(to, L);
    }
};

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
