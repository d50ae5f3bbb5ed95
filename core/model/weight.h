// Looking up a weight with the shape that the configuration asks for.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "core/model/param_set.h"

namespace molt {

/// The tensor `name`. Throws Error(BadFile) if it is missing or has another shape; the message names tensor, expected
/// and found shape.
const at::Tensor& require_weight(const ParamSet& params, const std::string& name, at::IntArrayRef shape);

/// "(64, 32)".
std::string shape_text(at::IntArrayRef shape);

}  // namespace molt
