// Kernels that treat each row on its own: norms, SwiGLU, rotary embedding, and losses over a vocabulary.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A unit is kRowsPerUnit rows (norms, SwiGLU), one token (rotary embedding) or one row (losses), as in
// core/kernels/ssd.h.
#pragma once

#include <cstdint>

#include "core/kernels/view.h"

namespace molt::kernels {

struct RowSizes {
    std::int64_t rows = 0, width = 0;

    std::int64_t units() const { return (rows + kRowsPerUnit - 1) / kRowsPerUnit; }
    static constexpr std::int64_t kRowsPerUnit = 32;
};

/// A matrix with packed rows, `stride` elements apart.
template <class T>
struct Rows {
    T* data = nullptr;
    std::int64_t stride = 0;

    [[gnu::always_inline]] T* at(std::int64_t row) const { return data + row * stride; }
};

/// y = v / sqrt(mean(v^2) + eps) * weight per group of `group` elements, v = x, or x * SiLU(gate) if there is a gate.
template <class T>
struct NormForward {
    RowSizes size;
    std::int64_t group = 0;  ///< divides width
    double eps = 0.0;
    Rows<const T> x, gate;      ///< gate.data nullptr: none
    const T* weight = nullptr;  ///< (width)
    Rows<T> y;
    T* scale = nullptr;  ///< (rows, width / group): 1 / sqrt(...), for backward; nullptr where no gradient is wanted
};

template <class T>
struct NormBackward {
    RowSizes size;
    std::int64_t group = 0;
    Rows<const T> x, gate;
    const T *weight = nullptr, *scale = nullptr;
    Rows<const T> dy;
    Rows<T> dx, dgate;           ///< dgate.data nullptr where there is no gate
    T* dweight_units = nullptr;  ///< (units, width): one summand per unit
};

/// y = SiLU(gate) * up.
template <class T>
struct SwigluForward {
    RowSizes size;
    Rows<const T> gate, up;
    Rows<T> y;
};

template <class T>
struct SwigluBackward {
    RowSizes size;
    Rows<const T> gate, up, dy;
    Rows<T> dgate, dup;
};

/// Rotates pairs (e, e + E/2): y = (low cos - high sin, high cos + low sin). The backward pass is the same with -sin.
template <class T>
struct Rope {
    std::int64_t B = 0, T_ = 0, H = 0, E = 0;
    View<const T> x;                         ///< (B,T,H,E)
    View<T> y;                               ///< (B,T,H,E)
    const T *cos = nullptr, *sin = nullptr;  ///< (B or 1, T, E/2) packed
    std::int64_t table_batch = 0;            ///< elements between batch rows of the tables; 0 = shared

    std::int64_t units() const { return B * T_; }
};

/// Cross-entropy and KL of rows of logits with the gradient in place of the student's logits (core/ops/losses.h).
template <class T>
struct LossRows {
    std::int64_t rows = 0, V = 0;
    double ce_weight = 0.0, kl_weight = 0.0;  ///< of one row, mean over tokens and temperature^2 included
    double temperature = 1.0;
    bool reverse = false;                  ///< KL(student || teacher)
    T* student = nullptr;                  ///< (rows,V) logits; becomes the gradient of the weighted sum
    const T* teacher = nullptr;            ///< (rows,V) logits or nullptr: no KL
    const std::int64_t* target = nullptr;  ///< (rows), 0 <= target < V
    double *ce = nullptr, *kl = nullptr;   ///< (rows) nats, without weights
};

}  // namespace molt::kernels
