// SwiGLU and the rotary embedding.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/rows.h"
#include "core/kernels/simd/local.h"
#include "core/kernels/simd/table.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {
namespace {

/// Calls work(vectors of the inputs, store) for all full vectors of a row and once more for a padded tail.
template <class T, int N, int M, class Work>
void over_row(index width, const T* const (&from)[N], T* const (&to)[M], const Work& work) {
    constexpr int L = kWide<T>;
    Vec<T, L> in[N], out[M];
    index c = 0;
    for (; c + L <= width; c += L) {
        for (int i = 0; i < N; ++i) in[i] = load<L>(from[i] + c);
        work(in, out);
        for (int i = 0; i < M; ++i) store(to[i] + c, out[i]);
    }
    if (c == width) return;
    const std::size_t bytes = sizeof(T) * std::size_t(width - c);
    for (int i = 0; i < N; ++i) {
        in[i] = Vec<T, L>{};
        std::memcpy(&in[i], from[i] + c, bytes);
    }
    work(in, out);
    for (int i = 0; i < M; ++i) std::memcpy(to[i] + c, &out[i], bytes);
}

}  // namespace

template <class T>
void swiglu_forward(const SwigluForward<T>& run, index begin, index end) {
    using V = Vec<T, kWide<T>>;
    for (index row = begin * RowSizes::kRowsPerUnit; row < smaller(end * RowSizes::kRowsPerUnit, run.size.rows);
         ++row) {
        over_row<T, 2, 1>(run.size.width, {run.gate.at(row), run.up.at(row)}, {run.y.at(row)},
                          [](const V(&in)[2], V(&out)[1]) { out[0] = in[0] * sigmoid(in[0]) * in[1]; });
    }
}

template <class T>
void swiglu_backward(const SwigluBackward<T>& run, index begin, index end) {
    using V = Vec<T, kWide<T>>;
    for (index row = begin * RowSizes::kRowsPerUnit; row < smaller(end * RowSizes::kRowsPerUnit, run.size.rows);
         ++row) {
        over_row<T, 3, 2>(run.size.width, {run.gate.at(row), run.up.at(row), run.dy.at(row)},
                          {run.dgate.at(row), run.dup.at(row)}, [](const V(&in)[3], V(&out)[2]) {
                              const V open = sigmoid(in[0]);
                              out[0] = in[2] * in[1] * open * (T(1) + in[0] * (T(1) - open));
                              out[1] = in[2] * in[0] * open;
                          });
    }
}

template <class T>
void rope(const Rope<T>& run, index begin, index end) {
    const index half = run.E / 2;
    for (index unit = begin; unit < end; ++unit) {
        const index b = unit / run.T_, t = unit % run.T_;
        const T* cos = run.cos + b * run.table_batch + t * half;
        const T* sin = run.sin + b * run.table_batch + t * half;
        for (index h = 0; h < run.H; ++h) {
            const T* x = run.x.at(b, t, h);
            T* __restrict y = run.y.at(b, t, h);
            for (index e = 0; e < half; ++e) {
                y[e] = x[e] * cos[e] - x[e + half] * sin[e];
                y[e + half] = x[e + half] * cos[e] + x[e] * sin[e];
            }
        }
    }
}
template void swiglu_forward(const SwigluForward<float>&, index, index);
template void swiglu_forward(const SwigluForward<double>&, index, index);
template void swiglu_backward(const SwigluBackward<float>&, index, index);
template void swiglu_backward(const SwigluBackward<double>&, index, index);
template void rope(const Rope<float>&, index, index);
template void rope(const Rope<double>&, index, index);

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
