// Causal grouped-query attention: whole rows with document segments and sliding window, and windows against a cache.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace molt::ops {

/// softmax(q k' / sqrt(E)) v over allowed keys. Query head h uses key head h / (H/K).
///   q_BTHE; k_BSKE, v_BSKE; query_position_BT, key_position_BS  int64: a query sees keys with
///   0 <= query - key (< window if window > 0); key_position < 0 marks an empty slot.
///   query_segment_BT, key_segment_BS  optional (both or none): only equal documents see each other.
/// Returns (B,T,H,E), zeros for a query without keys. Differentiable in q, k, v. Memory linear in T and S.
at::Tensor causal_attention(const at::Tensor& q_BTHE, const at::Tensor& k_BSKE, const at::Tensor& v_BSKE,
                            const at::Tensor& query_position_BT, const at::Tensor& key_position_BS, std::int64_t window,
                            const at::Tensor& query_segment_BT = {}, const at::Tensor& key_segment_BS = {});

}  // namespace molt::ops
