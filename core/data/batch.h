// Batch: rows of token ids with targets and document segments; DataCursor: where a loader stands, as plain data.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace molt {

struct Batch {
    at::Tensor ids_BT;      ///< int64
    at::Tensor target_BT;   ///< int64, the next token; -100 = does not count
    at::Tensor segment_BT;  ///< int64 document number within the row; undefined: one document per row
    std::int64_t valid_tokens = 0;
    std::vector<std::int64_t> starts;  ///< where each row begins in its corpus; empty: not known
};

struct DataCursor {
    std::int64_t epoch = 0, index = 0;
};

}  // namespace molt
