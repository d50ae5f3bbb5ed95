// What a Molt hybrid needs so that plain transformers runs it: our modelling file, and the keys that lead to it.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "core/base/json.h"
#include "core/spec/model_config.h"

namespace molt {

/// Its name within a model folder.
inline constexpr const char* kRemoteCodeFile = "modeling_molt_hybrid.py";

/// Keys to be added to config.json: architectures, auto_map, and molt_hybrid with the layer plan and all sizes.
json remote_code_config(const ModelConfig& config);

/// resources/export/modeling_molt_hybrid.py. Throws Error(NotFound).
std::filesystem::path remote_code_source();

}  // namespace molt
