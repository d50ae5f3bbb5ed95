// llama2.c model files: the legacy format (no magic, 7 integers) and version 1 (magic "ak42"), both float32.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "core/model/param_set.h"
#include "core/spec/model_config.h"

namespace molt {

struct Llama2cModel {
    ModelConfig config;
    ParamSet params;  ///< Hugging Face names; views of the mapped file except q and k, which are re-ordered copies
};

/// Rows of wq and wk are taken from interleaved pairs to the half-split order of Hugging Face. The file's size must be
/// exactly what its header asks for. Throws Error(NotFound), Error(BadFile) with expected and found size.
Llama2cModel read_llama2c(const std::filesystem::path& path);

}  // namespace molt
