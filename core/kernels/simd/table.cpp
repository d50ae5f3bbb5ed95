// Collects the kernels that were compiled for this instruction set.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/simd/table.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {

template <class T>
KernelTable<T> table() {
    return {conv_forward<T>,     conv_backward<T>, scan_forward<T>,      scan_backward<T>,
            ssd_forward<T>,      ssd_backward<T>,  attention_forward<T>, attention_backward<T>,
            attention_window<T>, norm_forward<T>,  norm_backward<T>,     swiglu_forward<T>,
            swiglu_backward<T>,  rope<T>,          loss_rows<T>,         linear_forward<T>};
}
template KernelTable<float> table();
template KernelTable<double> table();

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
