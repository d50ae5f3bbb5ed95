// Causal grouped-query attention on ATen's scaled_dot_product_attention: fused where the rows are plain, masked
// elsewhere. SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/scaled_dot_product_attention.h>

#include <optional>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt::ops {
namespace {

/// True if every row is p, p+1, p+2, ... and the keys have the same positions: then is_causal says it all.
bool plain_rows(const at::Tensor& query_position_BT, const at::Tensor& key_position_BS, std::int64_t window) {
    if (!query_position_BT.is_cpu() || query_position_BT.sizes() != key_position_BS.sizes()) return false;
    const std::int64_t T = query_position_BT.size(1);
    if (window > 0 && window < T) return false;
    const at::Tensor query = query_position_BT.contiguous(), key = key_position_BS.contiguous();
    const auto* q = query.const_data_ptr<std::int64_t>();
    const auto* k = key.const_data_ptr<std::int64_t>();
    for (std::int64_t b = 0; b < query.size(0); ++b) {
        for (std::int64_t t = 0; t < T; ++t) {
            const std::int64_t expected = q[b * T] + t;
            if (q[b * T + t] != expected || k[b * T + t] != expected || expected < 0) return false;
        }
    }
    return true;
}

at::Tensor allowed_mask(const at::Tensor& query_position_BT, const at::Tensor& key_position_BS, std::int64_t window) {
    const at::Tensor key_B1S = key_position_BS.unsqueeze(1);
    const at::Tensor distance_BTS = query_position_BT.unsqueeze(2) - key_B1S;
    at::Tensor allowed_BTS = (distance_BTS >= 0).logical_and(key_B1S >= 0);
    if (window > 0) allowed_BTS = allowed_BTS.logical_and(distance_BTS < window);
    return allowed_BTS;
}

}  // namespace

at::Tensor causal_attention(const at::Tensor& q_BTHE, const at::Tensor& k_BSKE, const at::Tensor& v_BSKE,
                            const at::Tensor& query_position_BT, const at::Tensor& key_position_BS, std::int64_t window,
                            const at::Tensor& query_segment_BT, const at::Tensor& key_segment_BS) {
    if (query_segment_BT.defined() != key_segment_BS.defined() || q_BTHE.size(2) % k_BSKE.size(2) != 0) {
        fail(ErrorCode::BadConfig, join("attention: ", q_BTHE.size(2), " query heads, ", k_BSKE.size(2),
                                        " key heads; segments must be given for both or neither"));
    }
    const bool grouped = q_BTHE.size(2) != k_BSKE.size(2);
    const at::Tensor q_BHTE = q_BTHE.transpose(1, 2), k_BKSE = k_BSKE.transpose(1, 2), v_BKSE = v_BSKE.transpose(1, 2);
    if (!query_segment_BT.defined() && plain_rows(query_position_BT, key_position_BS, window)) {
        return at::scaled_dot_product_attention(q_BHTE, k_BKSE, v_BKSE, {}, 0.0, true, std::nullopt, grouped)
            .transpose(1, 2);
    }
    at::Tensor allowed_BTS = allowed_mask(query_position_BT, key_position_BS, window);
    if (query_segment_BT.defined()) {
        allowed_BTS = allowed_BTS.logical_and(query_segment_BT.unsqueeze(2) == key_segment_BS.unsqueeze(1));
    }
    return at::scaled_dot_product_attention(q_BHTE, k_BKSE, v_BKSE, allowed_BTS.unsqueeze(1), 0.0, false, std::nullopt,
                                            grouped)
        .transpose(1, 2);
}

}  // namespace molt::ops
