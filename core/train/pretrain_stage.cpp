// Cross-entropy over chunks of tokens.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/pretrain_stage.h"

#include "core/ops/losses.h"

namespace molt {

LossReport PretrainStage::loss(const Batch& batch) {
    const at::Tensor hidden_BTD = model().hidden(batch.ids_BT, batch.segment_BT, nullptr);
    return {.loss = ops::cross_entropy(hidden_BTD, model().head(), batch.target_BT), .metrics = {}};
}

}  // namespace molt
