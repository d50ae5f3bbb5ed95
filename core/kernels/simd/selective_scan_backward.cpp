// Mamba-1 selective scan backward: each span is recomputed from its checkpoint, then walked from its last token back.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/selective_scan.h"
#include "core/kernels/simd/scan_block.h"
#include "core/kernels/simd/table.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {
namespace {

template <class T, int L>
struct Backward {
    static constexpr index kSpan = ScanSizes::kCheckpoint;
    static_assert(kSpan % L == 0, "the sums over lanes are taken L tokens at a time");
    const ScanBackward<T>& run;
    ScanBlock<T, L> block;
    T *A, *dA, *dstate;         // (N, L)
    T *dy, *dx, *ddelta;        // (kSpan, L)
    T *before, *decayed;        // (kSpan, L): h_{t-1} after a restart, exp(delta A), of one n
    T *for_B, *for_C, *turned;  // (kSpan, L): summands of dB and dC before the sum over lanes

    static index scratch(const ScanSizes& s) { return ScanBlock<T, L>::scratch() + (3 * s.N + 8 * kSpan) * L; }
    Backward(const ScanBackward<T>& params, Scratch<T>& scratch) : run(params), block(params.in, scratch) {
        const index N = params.in.size.N;
        A = scratch.take(N * L), dA = scratch.take(N * L), dstate = scratch.take(N * L);
        dy = scratch.take(kSpan * L), dx = scratch.take(kSpan * L), ddelta = scratch.take(kSpan * L);
        before = scratch.take(kSpan * L), decayed = scratch.take(kSpan * L);
        for_B = scratch.take(kSpan * L), for_C = scratch.take(kSpan * L), turned = scratch.take(kSpan * L);
    }

    void one_block() {
        const ScanInputs<T>& in = run.in;
        const index N = in.size.N, offset = block.state_offset();
        for (index n = 0; n < N; ++n) {
            store(A + n * L, block.column(in.A + block.first * N, n));
            store(dA + n * L, Vec<T, L>{});
            store(dstate + n * L, run.dstate == nullptr ? Vec<T, L>{} : block.column(run.dstate + offset, n));
        }
        T skip[L];
        block.gather(in.D + block.first, skip);
        Vec<T, L> dD{};
        for (index span = in.size.checkpoints() - 1; span >= 0; --span) dD += one_span(span, load<L>(skip));
        for (index n = 0; n < N; ++n) {
            block.set_column(run.dA_rows + offset, n, load<L>(dA + n * L));
            if (run.dstate_in != nullptr) block.set_column(run.dstate_in + offset, n, load<L>(dstate + n * L));
        }
        for (index c = 0; c < block.count; ++c) run.dD_rows[block.b * in.size.C + block.first + c] = dD[c];
    }

private:
    Vec<T, L> one_span(index span, Vec<T, L> skip) {
        const index begin = span * kSpan, tokens = block.tokens(begin);
        block.load_span(begin);
        Vec<T, L> dD{};
        for (index i = 0; i < tokens; ++i) {
            block.gather(run.dy.at(block.b, begin + i) + block.first, dy + i * L);
            const Vec<T, L> d = load<L>(dy + i * L);
            dD += d * load<L>(block.x + i * L);
            store(dx + i * L, d * skip);
            store(ddelta + i * L, Vec<T, L>{});
        }
        for (index n = 0; n < run.in.size.N; ++n) {
            recompute(span, n);
            walk_back(span, n);
            add_group_gradients(begin, n);
        }
        const std::size_t bytes = sizeof(T) * std::size_t(block.count);
        for (index i = 0; i < tokens; ++i) {
            std::memcpy(run.dx.at(block.b, begin + i) + block.first, dx + i * L, bytes);
            std::memcpy(run.ddelta.at(block.b, begin + i) + block.first, ddelta + i * L, bytes);
        }
        return dD;
    }

    void recompute(index span, index n) {
        const index begin = span * kSpan;
        T first[L];
        block.gather(run.checkpoints + block.checkpoint_offset(span, n), first);
        Vec<T, L> h = load<L>(first);
        for (index i = 0; i < block.tokens(begin); ++i) {
            const Vec<T, L> step = load<L>(block.delta + i * L), decay = exp_of<L>(step * load<L>(A + n * L));
            h = h * load<L>(block.goes_on + i * L);
            store(before + i * L, h);
            store(decayed + i * L, decay);
            h = decay * h + step * load<L>(block.x + i * L) * run.in.B.at(block.b, begin + i, block.group_B)[n];
        }
    }

    void walk_back(index span, index n) {
        const index begin = span * kSpan;
        const Vec<T, L> decay_rate = load<L>(A + n * L);
        Vec<T, L> dh = load<L>(dstate + n * L), dA_n = load<L>(dA + n * L);
        for (index i = block.tokens(begin) - 1; i >= 0; --i) {
            const T B = run.in.B.at(block.b, begin + i, block.group_B)[n];
            const T C = run.in.C.at(block.b, begin + i, block.group_C)[n];
            const Vec<T, L> step = load<L>(block.delta + i * L), x = load<L>(block.x + i * L), d = load<L>(dy + i * L);
            const Vec<T, L> kept = load<L>(decayed + i * L) * load<L>(before + i * L);
            dh += d * C;
            store(for_C + i * L, d * (kept + step * x * B));
            store(for_B + i * L, dh * step * x);
            const Vec<T, L> rate = dh * kept;
            dA_n += rate * step;
            store(ddelta + i * L, load<L>(ddelta + i * L) + rate * decay_rate + dh * x * B);
            store(dx + i * L, load<L>(dx + i * L) + dh * step * B);
            dh = dh * load<L>(decayed + i * L) * load<L>(block.goes_on + i * L);
        }
        store(dstate + n * L, dh);
        store(dA + n * L, dA_n);
    }

    /// Sums over the lanes of every token at once: rows of the transposed block are added up.
    void add_group_gradients(index begin, index n) {
        const index tokens = block.tokens(begin);
        for (index from = 0; from < tokens; from += L) {
            const Vec<T, L> sum_B = lane_sums(for_B + from * L), sum_C = lane_sums(for_C + from * L);
            for (index i = 0; i < smaller(L, tokens - from); ++i) {
                run.dB.at(block.b, begin + from + i, block.group_B)[n] += sum_B[i];
                run.dC.at(block.b, begin + from + i, block.group_C)[n] += sum_C[i];
            }
        }
    }
    Vec<T, L> lane_sums(const T* rows) {
        transpose_block<L>(rows, L, turned, L);
        Vec<T, L> sum{};
        for (int i = 0; i < L; ++i) sum += load<L>(turned + i * L);
        return sum;
    }
};

}  // namespace

template <class T>
void scan_backward(const ScanBackward<T>& run, index begin, index end) {
    constexpr int L = kWide<T>;
    const ScanSizes& s = run.in.size;
    Scratch<T> scratch(Backward<T, L>::scratch(s));
    Backward<T, L> backward(run, scratch);
    const index units_per_row = s.C / s.channels_per_unit();
    for (index unit = begin; unit < end; ++unit) {
        for_blocks<L>(s, unit % units_per_row * s.channels_per_unit(), [&](index channel, index count) {
            backward.block.select(unit / units_per_row, channel, count);
            backward.one_block();
        });
    }
}
template void scan_backward(const ScanBackward<float>&, index, index);
template void scan_backward(const ScanBackward<double>&, index, index);

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
