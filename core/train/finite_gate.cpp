// What is said about steps that are not finite.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/finite_gate.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/text.h"

namespace molt {

namespace {

constexpr std::int64_t kShownIds = 16;

/// The first ids of each row, enough to find the text again.
std::string ids_of(std::span<const Batch> batches) {
    std::vector<std::string> rows;
    for (const Batch& batch : batches) {
        const std::int64_t* ids = batch.ids_BT.const_data_ptr<std::int64_t>();
        const std::int64_t length = batch.ids_BT.size(1);
        for (std::int64_t row = 0; row < batch.ids_BT.size(0); ++row) {
            std::vector<std::string> shown;
            for (std::int64_t t = 0; t < std::min(kShownIds, length); ++t) {
                shown.push_back(std::to_string(ids[row * length + t]));
            }
            rows.push_back("[" + join_list(shown, " ") + (length > kShownIds ? " ...]" : "]"));
        }
    }
    return join_list(rows, " ");
}

}  // namespace

bool FiniteGate::admit(double loss, double gradient_norm, std::int64_t step, std::span<const Batch> batches) {
    if (std::isfinite(loss) && std::isfinite(gradient_norm)) {
        in_a_row_ = 0;
        return true;
    }
    ++in_a_row_;
    ++in_all_;
    const std::string what = join("loss ", loss, ", gradient norm ", gradient_norm);
    log::warn("train",
              join("Step ", step, " is skipped: not finite (", what, "); its rows begin with ", ids_of(batches)));
    if (in_a_row_ >= kInARow || in_all_ >= kInAll) {
        fail(ErrorCode::NonFinite,
             join("Step ", step, ": the ", in_a_row_ >= kInARow ? "third in a row" : "tenth", " that is not finite (",
                  what, ")."),
             "Lower learning_rate or gradient_clip, lengthen warmup_steps, or look at the rows in the log.");
    }
    return false;
}

void FiniteGate::save(StateArchive& archive) const {
    archive.values["skipped_in_a_row"] = in_a_row_;
    archive.values["skipped"] = in_all_;
}

void FiniteGate::load(const StateArchive& archive) {
    in_a_row_ = get<std::int64_t>(archive.values, "skipped_in_a_row", "trainer.json");
    in_all_ = get<std::int64_t>(archive.values, "skipped", "trainer.json");
}

}  // namespace molt
