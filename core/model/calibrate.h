// Calibrated initialisation: the output projection of every new mixer in closed form, layer by layer, without
// gradients. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "core/model/hybrid_model.h"

namespace molt {

struct CalibrateOptions {
    /// Calibration text (rows, tokens), int64; undefined: text that the teacher writes (teacher_text).
    at::Tensor ids_NT;
    double ridge = 1e-4;            ///< lambda, as a share of the mean diagonal of the normal equations
    std::int64_t rows_at_once = 8;  ///< rows that go through a layer together; only speed and memory depend on it
    std::uint64_t seed = 1;         ///< of the teacher's text
    std::function<void(double share)> progress;  ///< told how much is done, 0 to 1; what it throws ends the work
};

/// How well one layer was fitted: mean squared distance to the target over the target's mean square.
struct LayerFit {
    std::int64_t layer = 0;
    double error = 0.0;
};

/// For the student's Mamba layers that are attention in the teacher, in order of depth: sets out_proj to the ridge
/// solution W = argmin |g W' - y|^2 + lambda |W|^2, where g is what out_proj sees and y = (teacher's residual stream
/// after its attention) - (student's residual stream before the mixer). y holds the error of the layers before, so that
/// each layer repairs what stands in front of it. Weights are written in place. Held at a time: both residual streams
/// of all tokens, one layer of both models (half precision widened to float32), the normal equations in float64 (three
/// d_inner x d_inner and one d_inner x D matrices), and the activations of rows_at_once rows. Throws
/// Error(Mismatch) if the models differ in layers, width or vocabulary. Source: design/algorithm.md, "Calibrated
/// initialisation (ours, measured)".
std::vector<LayerFit> calibrate(const HybridModel& teacher, HybridModel& student, const CalibrateOptions& options);

/// `rows` texts of `tokens` tokens, sampled from the teacher at temperature 1 after its begin token: calibration
/// without data of one's own.
at::Tensor teacher_text(const HybridModel& teacher, std::int64_t rows, std::int64_t tokens, std::uint64_t seed,
                        const std::function<void(double share)>& progress = {});

}  // namespace molt
