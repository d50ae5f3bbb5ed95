// Are all weights finite? At memory speed, so that checking a model costs no more than reading it.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace molt {

/// True if no element of a contiguous CPU tensor (float64, float32, bfloat16, float16) is NaN or infinite; other
/// element types are always finite. Runs on LibTorch's threads.
bool all_finite(const at::Tensor& tensor);

/// Throws Error(BadFile), its message beginning with `where` (file and tensor): whole numbers, or values that are not
/// finite, of which the first is named.
void check_weight(const std::string& where, const at::Tensor& tensor);

}  // namespace molt
