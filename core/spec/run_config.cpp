// What ranges of single values cannot say: which settings need each other.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/run_config.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/spec/settings_json.h"

namespace molt {

namespace {

void check_stage(const RunConfig& run, const StageConfig& stage, const std::string& key) {
    if (stage.data.path.empty())
        fail(ErrorCode::BadConfig, join(key, ".data: no data is given."), "Name a text or JSONL file.");
    if (stage.steps == 0 && stage.tokens == 0) {
        fail(ErrorCode::BadConfig, join(key, ".steps: neither steps nor tokens are given."),
             join("Set ", key, ".steps (optimiser steps) or ", key, ".tokens."));
    }
    if (stage.steps > 0 && stage.warmup_steps > stage.steps) {
        fail(ErrorCode::BadConfig,
             join(key, ".warmup_steps is ", stage.warmup_steps, ", more than the stage's ", stage.steps, " steps."));
    }
    if (stage.min_learning_rate > stage.learning_rate) {
        fail(ErrorCode::BadConfig, join(key, ".min_learning_rate is ", stage.min_learning_rate,
                                        ", more than learning_rate (", stage.learning_rate, ")."));
    }
    if (stage.trained.empty())
        fail(ErrorCode::BadConfig, join(key, ".trained is empty: nothing would learn."), "[\"*\"] trains everything.");
    if (stage.kind == "distill") {
        if (run.teacher.empty()) {
            fail(ErrorCode::BadConfig, join("teacher: ", key, " distils, and no teacher is given."),
                 "Name a Hugging Face folder or a llama2.c file.");
        }
        if (stage.distill.kl_weight == 0 && stage.distill.ce_weight == 0)
            fail(ErrorCode::BadConfig, join(key, ".kl_weight and ce_weight are both 0: there is nothing to minimise."));
    }
}

void check_shape(const ShapeConfig& shape) {
    const auto divides = [](std::int64_t value, std::int64_t by) { return by > 0 && value % by == 0; };
    if (shape.head_dim == 0 && !divides(shape.hidden_size, shape.num_heads)) {
        fail(ErrorCode::BadConfig, join("model.num_heads is ", shape.num_heads, ", which does not divide hidden_size (",
                                        shape.hidden_size, ")."));
    }
    if (shape.num_kv_heads > 0 && !divides(shape.num_heads, shape.num_kv_heads)) {
        fail(ErrorCode::BadConfig, join("model.num_kv_heads is ", shape.num_kv_heads,
                                        ", which does not divide num_heads (", shape.num_heads, ")."));
    }
}

}  // namespace

void RunConfig::validate() const {
    check_settings(*this);
    if (stages.empty())
        fail(ErrorCode::BadConfig, "stages: there is no stage, so there is nothing to do.",
             "Add at least one object with kind, data and steps.");
    for (std::size_t i = 0; i < stages.size(); ++i) check_stage(*this, stages[i], join("stages.", i));
    const bool from_scratch = teacher.empty() && student.from.empty();
    if (from_scratch && model.hidden_size == 0) {
        fail(ErrorCode::BadConfig, "teacher: there is no model to start from.",
             "Name a teacher, an existing student (student.from), or a new model's shape (model.hidden_size).");
    }
    if (from_scratch) check_shape(model);
    if (from_scratch && tokenizer.empty())
        fail(ErrorCode::BadConfig, "tokenizer: a model that is trained from scratch needs one.",
             "Name a tokenizer file or folder.");
}

}  // namespace molt
