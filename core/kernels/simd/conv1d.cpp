// Causal depthwise convolution, channel-last: channels in lanes, taps in registers, time in the loop.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv1d.h"

#include "core/kernels/simd/local.h"
#include "core/kernels/simd/table.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {
namespace {

/// Up to kBlock channels of one batch row. Inputs are copied into packed rows with W-1 rows of history in front, so
/// that no tap needs a case distinction; documents are told apart by how many taps a token may see.
template <class T, int L>
struct Block {
    static constexpr index kChannels = ConvSizes::kBlock;
    const ConvInputs<T>& in;
    T* rows;           // (W-1 + T, kChannels)
    T *weight, *bias;  // (W, kChannels), (kChannels)
    T* taps;           // (T): number of taps that see the token's own document
    index b = 0, first = 0, count = 0;

    static index scratch(const ConvSizes& s) { return (2 * s.W + s.T) * kChannels + s.T; }
    Block(const ConvInputs<T>& inputs, Scratch<T>& scratch) : in(inputs) {
        const ConvSizes& s = in.size;
        rows = scratch.take((s.W - 1 + s.T) * kChannels);
        weight = scratch.take(s.W * kChannels), bias = scratch.take(kChannels), taps = scratch.take(s.T);
    }

    void select(index unit) {
        const ConvSizes& s = in.size;
        b = unit / s.blocks(), first = unit % s.blocks() * kChannels, count = smaller(kChannels, s.C - first);
        std::memset(weight, 0, sizeof(T) * std::size_t(s.W * kChannels));
        for (index c = 0; c < count; ++c) {
            for (index k = 0; k < s.W; ++k) weight[k * kChannels + c] = in.weight[(first + c) * s.W + k];
            bias[c] = in.bias == nullptr ? T(0) : in.bias[first + c];
        }
        for (index t = 1 - s.W; t < s.T; ++t) {
            T* to = rows + (t + s.W - 1) * kChannels;
            std::memset(to, 0, sizeof(T) * std::size_t(kChannels));
            const bool past = t < 0;
            if (past && in.history.data == nullptr) continue;
            const T* from = past ? in.history.at(b, t + s.W - 1) : in.x.at(b, t);
            std::memcpy(to, from + first, sizeof(T) * std::size_t(count));
        }
        count_taps();
    }

    /// Before the activation: bias + sum over the taps of the own document, of channels [c, c + L).
    Vec<T, L> value(index t, index c) const {
        const index W = in.size.W, unseen = W - index(taps[t]);
        Vec<T, L> sum = load<L>(bias + c);
        for (index k = unseen; k < W; ++k) {
            sum += load<L>(weight + k * kChannels + c) * load<L>(rows + (t + k) * kChannels + c);
        }
        return sum;
    }

private:
    void count_taps() {
        const ConvSizes& s = in.size;
        index since_start = s.W;  // the history belongs to the first token's document
        for (index t = 0; t < s.T; ++t) {
            const std::int64_t* segment = in.segment == nullptr ? nullptr : in.segment + b * s.T;
            since_start = segment != nullptr && t > 0 && segment[t] != segment[t - 1] ? 1 : since_start + 1;
            taps[t] = T(smaller(since_start, s.W));
        }
    }
};

/// g(t) = dy * silu'(value) for the whole row, then dx, dweight and dbias from g.
template <class T, int L>
void block_backward(const ConvBackward<T>& run, const Block<T, L>& block, T* g) {
    const ConvSizes& s = run.in.size;
    const index width = Block<T, L>::kChannels;
    for (index t = 0; t < s.T; ++t) {
        std::memcpy(g + t * width, run.dy.at(block.b, t) + block.first, sizeof(T) * std::size_t(block.count));
        for (index c = 0; s.silu && c < block.count; c += L) {
            const Vec<T, L> v = block.value(t, c), gate = sigmoid(v);
            store(g + t * width + c, load<L>(g + t * width + c) * gate * (T(1) + v * (T(1) - gate)));
        }
    }
    for (index c = 0; c < block.count; c += L) {
        const index lanes = smaller(L, block.count - c);
        Vec<T, L> dbias{};
        for (index t = 0; t < s.T; ++t) {
            dbias += load<L>(g + t * width + c);
            Vec<T, L> dx{};
            for (index ahead = 0; ahead < smaller(s.W, s.T - t); ++ahead) {
                if (ahead >= index(block.taps[t + ahead])) break;
                dx += load<L>(block.weight + (s.W - 1 - ahead) * width + c) * load<L>(g + (t + ahead) * width + c);
            }
            std::memcpy(run.dx.at(block.b, t) + block.first + c, &dx, sizeof(T) * std::size_t(lanes));
        }
        const index channel = block.b * s.C + block.first + c;
        if (run.dbias_rows != nullptr) std::memcpy(run.dbias_rows + channel, &dbias, sizeof(T) * std::size_t(lanes));
        for (index k = 0; k < s.W; ++k) {
            Vec<T, L> dweight{};
            for (index t = 0; t < s.T; ++t) {
                if (k < s.W - index(block.taps[t])) continue;
                dweight += load<L>(g + t * width + c) * load<L>(block.rows + (t + k) * width + c);
            }
            for (index i = 0; i < lanes; ++i) run.dweight_rows[(channel + i) * s.W + k] = dweight[i];
        }
    }
}

}  // namespace

template <class T>
void conv_forward(const ConvForward<T>& run, index begin, index end) {
    constexpr int L = kWide<T>;
    Scratch<T> scratch(Block<T, L>::scratch(run.in.size));
    Block<T, L> block(run.in, scratch);
    for (index unit = begin; unit < end; ++unit) {
        block.select(unit);
        for (index t = 0; t < run.in.size.T; ++t) {
            for (index c = 0; c < block.count; c += L) {
                Vec<T, L> v = block.value(t, c);
                if (run.in.size.silu) v *= sigmoid(v);
                std::memcpy(run.y.at(block.b, t) + block.first + c, &v,
                            sizeof(T) * std::size_t(smaller(L, block.count - c)));
            }
        }
    }
}

template <class T>
void conv_backward(const ConvBackward<T>& run, index begin, index end) {
    constexpr int L = kWide<T>;
    Scratch<T> scratch(Block<T, L>::scratch(run.in.size) + run.in.size.T * ConvSizes::kBlock);
    Block<T, L> block(run.in, scratch);
    T* g = scratch.take(run.in.size.T * ConvSizes::kBlock);
    for (index unit = begin; unit < end; ++unit) {
        block.select(unit);
        block_backward<T, L>(run, block, g);
    }
}
template void conv_forward(const ConvForward<float>&, index, index);
template void conv_forward(const ConvForward<double>&, index, index);
template void conv_backward(const ConvBackward<float>&, index, index);
template void conv_backward(const ConvBackward<double>&, index, index);

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
