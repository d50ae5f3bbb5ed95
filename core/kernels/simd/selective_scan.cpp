// Mamba-1 selective scan forward: channels in lanes, states in the outer loop, strictly one token after the other.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/selective_scan.h"

#include "core/kernels/simd/scan_block.h"
#include "core/kernels/simd/table.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {
namespace {

/// Advances the states of one block over one span; y accumulates over n, so its order does not depend on the window.
template <class T, int L>
void span_forward(const ScanBlock<T, L>& block, index begin, const T* A, T* state, T* y) {
    const ScanInputs<T>& in = block.in;
    const index tokens = block.tokens(begin);
    for (index n = 0; n < in.size.N; ++n) {
        const Vec<T, L> decay = load<L>(A + n * L);
        Vec<T, L> h = load<L>(state + n * L);
        for (index i = 0; i < tokens; ++i) {
            const Vec<T, L> step = load<L>(block.delta + i * L);
            const T B = in.B.at(block.b, begin + i, block.group_B)[n],
                    C = in.C.at(block.b, begin + i, block.group_C)[n];
            h = exp_of<L>(step * decay) * (h * load<L>(block.goes_on + i * L)) + step * load<L>(block.x + i * L) * B;
            store(y + i * L, load<L>(y + i * L) + h * C);
        }
        store(state + n * L, h);
    }
}

template <class T, int L>
void block_forward(const ScanForward<T>& run, ScanBlock<T, L>& block, T* A, T* state, T* y) {
    const ScanInputs<T>& in = run.in;
    for (index n = 0; n < in.size.N; ++n) {
        store(A + n * L, block.column(in.A + block.first * in.size.N, n));
        store(state + n * L, in.state == nullptr ? Vec<T, L>{} : block.column(in.state + block.state_offset(), n));
    }
    T skip[L];
    block.gather(in.D + block.first, skip);
    for (index begin = 0; begin < in.size.T; begin += block.kSpan) {
        for (index n = 0; run.checkpoints != nullptr && n < in.size.N; ++n) {
            std::memcpy(run.checkpoints + block.checkpoint_offset(begin / block.kSpan, n), state + n * L,
                        sizeof(T) * std::size_t(block.count));
        }
        block.load_span(begin);
        for (index i = 0; i < block.tokens(begin); ++i) store(y + i * L, load<L>(skip) * load<L>(block.x + i * L));
        span_forward<T, L>(block, begin, A, state, y);
        for (index i = 0; i < block.tokens(begin); ++i) {
            std::memcpy(run.y.at(block.b, begin + i) + block.first, y + i * L, sizeof(T) * std::size_t(block.count));
        }
    }
    for (index n = 0; n < in.size.N; ++n) block.set_column(run.state + block.state_offset(), n, load<L>(state + n * L));
}

}  // namespace

template <class T>
void scan_forward(const ScanForward<T>& run, index begin, index end) {
    constexpr int L = kWide<T>;
    const ScanSizes& s = run.in.size;
    Scratch<T> scratch(ScanBlock<T, L>::scratch() + (2 * s.N + ScanSizes::kCheckpoint) * L);
    ScanBlock<T, L> block(run.in, scratch);
    T *A = scratch.take(s.N * L), *state = scratch.take(s.N * L), *y = scratch.take(ScanSizes::kCheckpoint * L);
    const index units_per_row = s.C / s.channels_per_unit();
    for (index unit = begin; unit < end; ++unit) {
        for_blocks<L>(s, unit % units_per_row * s.channels_per_unit(), [&](index channel, index count) {
            block.select(unit / units_per_row, channel, count);
            block_forward<T, L>(run, block, A, state, y);
        });
    }
}
template void scan_forward(const ScanForward<float>&, index, index);
template void scan_forward(const ScanForward<double>&, index, index);

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
