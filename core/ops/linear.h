// Linear layers: LibTorch's for training and long windows, a kernel of ours for the few rows of a decoding step.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

namespace molt::ops {

/// x weight^T + bias over the last dimension of x.
///   x (..., inputs), weight (outputs, inputs), bias (outputs) or undefined. Differentiable in all three.
/// Up to 16 rows without gradient in float32 or float64 are computed row by row: their bits do not depend on how many
/// rows there are, nor on the threads. Source: performance.md 3 (decoding is bound by reading the weights once).
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias = {});

}  // namespace molt::ops
