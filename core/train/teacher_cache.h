// Teacher cache: the teacher's final hidden states of training rows, kept in memory for the next epochs.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "core/data/batch.h"
#include "core/model/hybrid_model.h"
#include "core/spec/stage_config.h"

namespace molt {

/// Rows are computed one at a time, so that a value does not depend on the batch that it was first seen in: a resumed
/// run, whose cache is empty, gets the same bits. For any number of threads at once.
class TeacherCache {
public:
    explicit TeacherCache(const HybridModel& teacher) : teacher_(teacher) {}

    /// (B,T,D) without gradients. The batch must name its rows (Batch::starts), always of the same corpus and length.
    at::Tensor hidden(const Batch& batch);

private:
    const HybridModel& teacher_;
    std::mutex mutex_;  // guards rows_
    std::unordered_map<std::int64_t, at::Tensor> rows_;
};

/// Memory that the cache of a stage takes in the end; 0 if it is not worth having (no row comes back) or would take
/// more than 512 MiB.
std::int64_t teacher_cache_bytes(const StageConfig& stage, const ModelConfig& teacher, std::int64_t train_tokens);

}  // namespace molt
