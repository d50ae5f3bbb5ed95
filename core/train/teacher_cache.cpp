// Looking rows up, and computing those that are missing.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/teacher_cache.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include <vector>

#include "core/base/error.h"
#include "core/train/trainer.h"

namespace molt {

at::Tensor TeacherCache::hidden(const Batch& batch) {
    const at::NoGradGuard no_grad;
    MOLT_ASSERT(static_cast<std::int64_t>(batch.starts.size()) == batch.ids_BT.size(0));
    std::vector<at::Tensor> rows;
    for (std::size_t b = 0; b < batch.starts.size(); ++b) {
        {
            const std::lock_guard lock(mutex_);
            const auto found = rows_.find(batch.starts[b]);
            if (found != rows_.end()) {
                rows.push_back(found->second);
                continue;
            }
        }
        const auto row = static_cast<std::int64_t>(b);
        // Whether a row has segments must not depend on the other rows of the batch either.
        at::Tensor segment = batch.segment_BT.defined() ? batch.segment_BT.narrow(0, row, 1) : at::Tensor();
        if (segment.defined() && segment[0][-1].item<std::int64_t>() == segment[0][0].item<std::int64_t>())
            segment = at::Tensor();
        rows.push_back(teacher_.hidden(batch.ids_BT.narrow(0, row, 1), segment, nullptr));
        const std::lock_guard lock(mutex_);
        rows_.emplace(batch.starts[b], rows.back());
    }
    return at::cat(rows, 0);
}

std::int64_t teacher_cache_bytes(const StageConfig& stage, const ModelConfig& teacher, std::int64_t train_tokens) {
    constexpr std::int64_t limit_bytes = std::int64_t{512} << 20;
    if (stage.kind != "distill") return 0;
    const std::int64_t rows = (train_tokens - 1) / stage.sequence_length;
    const std::int64_t read = stage_steps(stage) * stage.batch_size * stage.accumulation;
    const std::int64_t element = teacher.dtype == "float64" ? 8 : 4;
    const std::int64_t bytes = rows * stage.sequence_length * teacher.hidden_size * element;
    return read > rows && bytes <= limit_bytes ? bytes : 0;
}

}  // namespace molt
