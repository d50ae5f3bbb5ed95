// A number is finite unless all bits of its exponent are set.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/finite.h"

#include <ATen/Parallel.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/logical_not.h>
#include <ATen/ops/nonzero.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

constexpr std::int64_t kChunk = 4096;

/// With a constant length and without a branch inside, the compiler vectorises this loop at every level.
template <class Bits>
bool chunk_finite(const Bits* data, Bits exponent) {
    Bits bad = 0;
    for (std::int64_t i = 0; i < kChunk; ++i) bad |= static_cast<Bits>((data[i] & exponent) == exponent);
    return bad == 0;
}

template <class Bits>
bool block_finite(const Bits* data, std::int64_t begin, std::int64_t end, Bits exponent) {
    for (; begin + kChunk <= end; begin += kChunk) {
        if (!chunk_finite(data + begin, exponent)) return false;
    }
    return std::none_of(data + begin, data + end, [exponent](Bits bits) { return (bits & exponent) == exponent; });
}

template <class Bits>
bool finite(const at::Tensor& tensor, Bits exponent) {
    const auto* data = static_cast<const Bits*>(tensor.const_data_ptr());
    std::atomic<bool> good{true};
    at::parallel_for(0, tensor.numel(), 1 << 18, [&](std::int64_t begin, std::int64_t end) {
        if (!block_finite(data, begin, end, exponent)) good = false;
    });
    return good;
}

}  // namespace

bool all_finite(const at::Tensor& tensor) {
    MOLT_ASSERT(tensor.is_contiguous() && tensor.is_cpu());
    switch (tensor.scalar_type()) {
        case at::kDouble:
            return finite<std::uint64_t>(tensor, 0x7ff0000000000000U);
        case at::kFloat:
            return finite<std::uint32_t>(tensor, 0x7f800000U);
        case at::kBFloat16:
            return finite<std::uint16_t>(tensor, 0x7f80U);
        case at::kHalf:
            return finite<std::uint16_t>(tensor, 0x7c00U);
        default:
            return true;
    }
}

void check_weight(const std::string& where, const at::Tensor& tensor) {
    if (!tensor.is_floating_point()) {
        fail(ErrorCode::BadFile, join(where, " holds whole numbers, expected floating-point weights."),
             "Quantised models are not supported; use the original weights.");
    }
    if (all_finite(tensor)) return;
    const at::Tensor values = tensor.flatten().to(at::kDouble), bad = values.isfinite().logical_not().nonzero();
    const auto index = bad[0].item<std::int64_t>();
    fail(ErrorCode::BadFile,
         join(where, " holds ", bad.size(0), " values that are not finite: element ", index, " is ",
              values[index].item<double>(), ", expected a finite number."),
         "The weights are damaged, or the training that wrote them diverged.");
}

}  // namespace molt
