// Teacher -> hybrid: attention weights become Mamba weights (V->x, K->B, Q->C, O->out), the rest is drawn as the
// paper's code does. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/model/param_set.h"
#include "core/spec/model_config.h"

namespace molt {

struct ConvertOptions {
    std::vector<MixerKind> mixers;  ///< the layer plan of the student, one per layer
    /// copy | random | calibrated. random: as init_with_kqvo = false, but MLP and norms are kept (algorithm.md 1.1);
    /// calibrated: copy, then output projections fitted in closed form (core/model/calibrate.h).
    std::string init = "copy";
    std::uint64_t seed = 1;
    /// nullopt: as the official code (before the convolution for Mamba-1, after it for Mamba-2).
    std::optional<bool> repeat_kv_before_conv;
    /// Text (rows, tokens) for `calibrated`; undefined: text that the teacher writes.
    at::Tensor calibration_ids_NT = {};
    /// Told how much of a calibration is done, 0 to 1; what it throws ends the conversion.
    std::function<void(double share)> progress = {};
};

struct Converted {
    ModelConfig config;
    ParamSet params;  ///< tensors that do not change are shared with the teacher
};

/// Throws Error(BadConfig): plan of another length; Error(Mismatch): a teacher layer that cannot become Mamba.
Converted convert(const ModelConfig& teacher, const ParamSet& teacher_params, const ConvertOptions& options);

}  // namespace molt
