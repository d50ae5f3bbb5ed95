// Initialisation of hybrids from a teacher: which weight goes where, and the laws of what is new.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/convert.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/model/calibrate.h"
#include "core/model/hybrid_model.h"
#include "core/model/new_weights.h"
#include "core/model/tensor_list.h"

namespace molt {

namespace {

void check_convertible(const ModelConfig& teacher, std::size_t layer) {
    if (teacher.mixers[layer] != MixerKind::Attention) {
        fail(ErrorCode::Mismatch,
             join("Layer ", layer, " of the teacher is ", mixer_name(teacher.mixers[layer]),
                  ", only attention can be converted."),
             "Keep the layer as it is in the plan, or convert from the original Transformer.");
    }
}

/// V -> x, K -> B, Q -> C, O -> out (algorithm.md 1.1).
void copy_into(const ModelConfig& config, MixerKind kind, const ParamSet& teacher, const std::string& layer,
               ParamSet* mixer) {
    const auto from = [&](const char* name) { return teacher.at(layer + "self_attn." + name + ".weight"); };
    const auto replace = [&](const std::string& name, const at::Tensor& value) {
        mixer->at(layer + "mamba." + name).copy_(value);
    };
    replace("out_proj.weight", from("o_proj"));
    if (kind == MixerKind::Mamba1) {
        replace("in_proj_x.weight", from("v_proj"));
        replace("B_proj.weight", from("k_proj"));
        replace("C_proj.weight", from("q_proj"));
        return;
    }
    const Mamba2Config& c = config.mamba2;
    const at::Tensor in_proj = mixer->at(layer + "mamba.in_proj.weight");
    in_proj.narrow(0, c.d_inner, c.d_xb).copy_(from("v_proj"));
    in_proj.narrow(0, c.d_inner + c.d_xb, c.d_xb).copy_(from("k_proj"));
    in_proj.narrow(0, c.d_inner + 2 * c.d_xb, c.d_inner).copy_(from("q_proj"));
}

ModelConfig student_config(const ModelConfig& teacher, const ConvertOptions& options) {
    if (teacher.is_pure()) {
        fail(ErrorCode::Mismatch, "The teacher is a pure Mamba model; it has no attention that could be converted.",
             "Convert a Transformer: Llama, Mistral, Qwen2 or Qwen3.");
    }
    if (options.mixers.size() != teacher.mixers.size()) {
        fail(ErrorCode::BadConfig,
             join("The layer plan has ", options.mixers.size(), " layers, the teacher ", teacher.mixers.size(), "."));
    }
    if (options.init != "copy" && options.init != "random" && options.init != "calibrated") {
        fail(ErrorCode::BadConfig, join("Unknown initialisation \"", options.init, "\"."),
             "Known: copy, random, calibrated.");
    }
    ModelConfig config = teacher;
    config.mixers = options.mixers;
    if (!teacher.is_hybrid()) config.derive_mamba_sizes();
    if (options.repeat_kv_before_conv) {
        config.mamba1.repeat_kv_before_conv = config.mamba2.repeat_kv_before_conv = *options.repeat_kv_before_conv;
    }
    config.validate();
    return config;
}

}  // namespace

Converted convert(const ModelConfig& teacher, const ParamSet& teacher_params, const ConvertOptions& options) {
    const at::NoGradGuard no_grad;
    Converted result{student_config(teacher, options), {}};
    const at::ScalarType dtype = teacher_params.at("model.embed_tokens.weight").scalar_type();
    ParamSet mixers;
    std::vector<std::string> replaced;
    for (std::size_t i = 0; i < options.mixers.size(); ++i) {
        if (options.mixers[i] == teacher.mixers[i]) continue;
        check_convertible(teacher, i);
        const std::string layer = join("model.layers.", i, ".");
        replaced.push_back(layer + "self_attn.");
        const auto index = static_cast<std::int64_t>(i);
        for (const auto& [name, shape] : expected_mixer_tensors(result.config, index, options.mixers[i])) {
            mixers.add(name, draw_mixer_tensor(result.config, name, shape, options.seed).to(dtype));
        }
        if (options.init != "random") copy_into(result.config, options.mixers[i], teacher_params, layer, &mixers);
    }
    for (const auto& [name, tensor] : teacher_params.all()) {
        const bool gone = std::any_of(replaced.begin(), replaced.end(),
                                      [&name = name](const std::string& p) { return name.starts_with(p); });
        if (!gone) result.params.add(name, tensor);
    }
    for (const auto& [name, tensor] : mixers.all()) result.params.add(name, tensor);
    if (options.init == "calibrated") {
        HybridModel student(result.config, result.params);
        CalibrateOptions fitting;
        fitting.ids_NT = options.calibration_ids_NT;
        fitting.seed = options.seed;
        fitting.progress = options.progress;
        calibrate(HybridModel(teacher, teacher_params), student, fitting);
    }
    return result;
}

}  // namespace molt
