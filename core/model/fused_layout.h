// The official inference layout: fused projections, split into the tensors of the training layout and joined again.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/lazy_tensor.h"
#include "core/model/param_set.h"
#include "core/model/weight_files.h"
#include "core/spec/model_config.h"

namespace molt {

/// True if some layer has mha.in_proj, or Mamba-1's fused mamba.in_proj.
bool is_fused(const StoredTensors& tensors, const ModelConfig& config);
/// mha.in_proj -> q, k, v; mha.out_proj -> o_proj; Mamba-1 mamba.in_proj [z, x, B, C, dt] -> its five projections.
/// Views, nothing is copied. Throws Error(BadFile) if a fused tensor has another number of rows (expected and found are
/// named).
StoredTensors split_fused(const StoredTensors& tensors, const ModelConfig& config);
/// The inverse, on the tensors of a whole model. Source: algorithm.md 1.8, 1.10.
LazyTensors join_fused(const ParamSet& params, const ModelConfig& config);

}  // namespace molt
