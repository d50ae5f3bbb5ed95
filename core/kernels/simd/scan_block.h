// Up to L channels of the Mamba-1 scan side by side in one vector, a span of tokens at a time.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/selective_scan.h"
#include "core/kernels/simd/local.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {

/// Channels [first, first + count) of batch row b; they share one group of B and one of C.
template <class T, int L>
struct ScanBlock {
    index b, first, count, group_B, group_C;
    const ScanInputs<T>& in;
    T *x, *delta, *goes_on;  // (kCheckpoint, L) of the span; goes_on: 0 where a document starts, else 1

    static constexpr index kSpan = ScanSizes::kCheckpoint;
    static index scratch() { return 3 * kSpan * L; }
    ScanBlock(const ScanInputs<T>& inputs, Scratch<T>& scratch) : in(inputs) {
        x = scratch.take(kSpan * L), delta = scratch.take(kSpan * L), goes_on = scratch.take(kSpan * L);
    }

    void select(index row, index channel, index channels) {
        b = row, first = channel, count = channels;
        group_B = channel / (in.size.C / in.size.groups_B);
        group_C = channel / (in.size.C / in.size.groups_C);
    }
    index tokens(index begin) const { return smaller(kSpan, in.size.T - begin); }

    void load_span(index begin) {
        const std::int64_t* segment = in.segment == nullptr ? nullptr : in.segment + b * in.size.T;
        for (index i = 0; i < tokens(begin); ++i) {
            const index t = begin + i;
            gather(in.x.at(b, t) + first, x + i * L);
            gather(in.delta.at(b, t) + first, delta + i * L);
            const bool starts = segment != nullptr && t > 0 && segment[t] != segment[t - 1];
            store(goes_on + i * L, splat<L>(T(starts ? 0 : 1)));
        }
    }

    /// One value per channel of this block, zeros behind the last.
    void gather(const T* from, T* to) const {
        std::memset(to, 0, sizeof(T) * L);
        std::memcpy(to, from, sizeof(T) * std::size_t(count));
    }
    /// Column n of a (channels, N) matrix whose first row belongs to this block's first channel.
    Vec<T, L> column(const T* rows, index n) const {
        Vec<T, L> v{};
        for (index c = 0; c < count; ++c) v[c] = rows[c * in.size.N + n];
        return v;
    }
    void set_column(T* rows, index n, Vec<T, L> v) const {
        for (index c = 0; c < count; ++c) rows[c * in.size.N + n] = v[c];
    }
    index state_offset() const { return (b * in.size.C + first) * in.size.N; }
    index checkpoint_offset(index span, index n) const {
        return ((b * in.size.checkpoints() + span) * in.size.N + n) * in.size.C + first;
    }
};

/// Calls work(first channel, count) for the blocks of a unit: each lies inside one group of B and one of C.
template <int L, class Work>
void for_blocks(const ScanSizes& s, index unit_begin, const Work& work) {
    const index shared = common_divisor(s.C / s.groups_B, s.C / s.groups_C);
    for (index begin = unit_begin; begin < unit_begin + s.channels_per_unit(); begin += shared) {
        for (index c = begin; c < begin + shared; c += L) work(c, smaller(L, begin + shared - c));
    }
}

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
