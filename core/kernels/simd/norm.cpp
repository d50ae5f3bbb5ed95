// RMS norm, plain and gated, in groups: one row at a time through a small buffer.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/rows.h"
#include "core/kernels/simd/local.h"
#include "core/kernels/simd/table.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {
namespace {

constexpr int kLane = 8;  // groups of 8 channels exist (stories260K); wider vectors would leave lanes idle

template <class T>
T dot(const T* a, const T* b, index n) {
    Vec<T, kLane> sum{};
    index i = 0;
    for (; i + kLane <= n; i += kLane) sum += load<kLane>(a + i) * load<kLane>(b + i);
    T total = sum_of(sum);
    for (; i < n; ++i) total += a[i] * b[i];
    return total;
}

/// SiLU(gate) and its derivative's factor sigmoid(gate), rows padded to the vector length.
template <class T>
struct GatedRow {
    index width, padded;
    T *x, *gate, *open, *value;  // inputs, sigmoid(gate), x * SiLU(gate)

    static index scratch(index width) { return 4 * round_up(width, kWide<T>); }
    GatedRow(index columns, Scratch<T>& scratch) : width(columns), padded(round_up(columns, kWide<T>)) {
        x = scratch.take(padded), gate = scratch.take(padded), open = scratch.take(padded),
        value = scratch.take(padded);
    }
    /// The normalised vector before scaling: x itself without a gate.
    const T* load_row(const Rows<const T>& from_x, const Rows<const T>& from_gate, index row) {
        if (from_gate.data == nullptr) return from_x.at(row);
        std::memcpy(x, from_x.at(row), sizeof(T) * std::size_t(width));
        std::memcpy(gate, from_gate.at(row), sizeof(T) * std::size_t(width));
        constexpr int L = kWide<T>;
        for (index c = 0; c < padded; c += L) {
            const Vec<T, L> g = load<L>(gate + c), s = sigmoid(g);
            store(open + c, s);
            store(value + c, load<L>(x + c) * (g * s));
        }
        return value;
    }
};

}  // namespace

template <class T>
void norm_forward(const NormForward<T>& run, index begin, index end) {
    const index width = run.size.width, group = run.group, groups = width / group;
    Scratch<T> scratch(GatedRow<T>::scratch(width));
    GatedRow<T> gated(width, scratch);
    for (index row = begin * RowSizes::kRowsPerUnit; row < smaller(end * RowSizes::kRowsPerUnit, run.size.rows);
         ++row) {
        const T* v = gated.load_row(run.x, run.gate, row);
        T* y = run.y.at(row);
        for (index k = 0; k < groups; ++k) {
            const T* part = v + k * group;
            const T scale = T(1) / T(__builtin_sqrt(double(dot(part, part, group) / T(group)) + run.eps));
            if (run.scale != nullptr) run.scale[row * groups + k] = scale;
            const T* weight = run.weight + k * group;
            for (index c = 0; c < group; ++c) y[k * group + c] = part[c] * scale * weight[c];
        }
    }
}

/// d v = scale (w dy - v scale^2 mean(v w dy)), d weight = sum over rows of dy v scale.
template <class T>
void norm_backward(const NormBackward<T>& run, index begin, index end) {
    const index width = run.size.width, group = run.group, groups = width / group;
    Scratch<T> scratch(GatedRow<T>::scratch(width) + 2 * width);
    GatedRow<T> gated(width, scratch);
    T *weighted = scratch.take(group), *dv = scratch.take(width);
    for (index unit = begin; unit < end; ++unit) {
        T* dweight = run.dweight_units + unit * width;
        for (index c = 0; c < width; ++c) dweight[c] = 0;
        const index last = smaller((unit + 1) * RowSizes::kRowsPerUnit, run.size.rows);
        for (index row = unit * RowSizes::kRowsPerUnit; row < last; ++row) {
            const T* v = gated.load_row(run.x, run.gate, row);
            const T* dy = run.dy.at(row);
            T* to = run.gate.data == nullptr ? run.dx.at(row) : dv;
            for (index k = 0; k < groups; ++k) {
                const index at = k * group;
                const T scale = run.scale[row * groups + k];
                for (index c = 0; c < group; ++c) weighted[c] = run.weight[at + c] * dy[at + c];
                const T pull = scale * scale * dot(v + at, weighted, group) / T(group);
                for (index c = 0; c < group; ++c) {
                    dweight[at + c] += dy[at + c] * v[at + c] * scale;
                    to[at + c] = scale * (weighted[c] - v[at + c] * pull);
                }
            }
            if (run.gate.data == nullptr) continue;
            T *dx = run.dx.at(row), *dgate = run.dgate.at(row);
            for (index c = 0; c < width; ++c) {
                const T open = gated.open[c], gate = gated.gate[c];
                dx[c] = dv[c] * gate * open;
                dgate[c] = dv[c] * gated.x[c] * open * (T(1) + gate * (T(1) - open));
            }
        }
    }
}
template void norm_forward(const NormForward<float>&, index, index);
template void norm_forward(const NormForward<double>&, index, index);
template void norm_backward(const NormBackward<float>&, index, index);
template void norm_backward(const NormBackward<double>&, index, index);

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
