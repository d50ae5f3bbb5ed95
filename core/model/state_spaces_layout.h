// Pure Mamba and Mamba-2 models as state-spaces/mamba's own MambaLMHeadModel loads them.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

#include "core/base/json.h"
#include "core/model/lazy_tensor.h"
#include "core/model/param_set.h"
#include "core/spec/model_config.h"

namespace molt {

struct StateSpacesModel {
    json config;
    LazyTensors tensors;
    std::map<std::string, std::string> aliases;  ///< second names of tensors, as tied heads have
};

/// Throws Error(Mismatch) with the reason for hybrids, Transformers, and sizes that the original class cannot take.
StateSpacesModel to_state_spaces(const ModelConfig& config, const ParamSet& params);

}  // namespace molt
