// Folding the kept tokens of a window into the checkpoint: the end state if all were kept, else a replay in which
// refused tokens have step size 0. SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/recurrent_state.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/ops/ssm.h"

namespace molt {

namespace {

std::vector<std::int64_t> with_batch(std::int64_t batch, const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> result{batch};
    result.insert(result.end(), shape.begin(), shape.end());
    return result;
}

/// Zero where the token (dimension 1) is refused, whatever stood there: a refused NaN must not survive as 0 * NaN.
at::Tensor only_kept(const at::Tensor& value, const at::Tensor& kept_BT) {
    std::vector<std::int64_t> shape = kept_BT.sizes().vec();
    shape.resize(static_cast<std::size_t>(value.dim()), 1);
    return at::where(kept_BT.view(shape), value, 0.0);
}

}  // namespace

RecurrentState::RecurrentState(Shape shape, std::int64_t batch, const at::TensorOptions& options)
    : shape_(std::move(shape)) {
    const auto dtype = c10::typeMetaToScalarType(options.dtype());
    conv_BWC_ = at::zeros({batch, shape_.conv_width, shape_.channels}, options);
    ssm_ = at::zeros(with_batch(batch, shape_.ssm), options.dtype(dtype == at::kDouble ? at::kDouble : at::kFloat));
}

at::Tensor RecurrentState::begin_window() {
    if (pending_) accept_all();
    return conv_BWC_.narrow(1, 1, shape_.conv_width - 1);
}

void RecurrentState::end_window(const at::Tensor& conv_BTC, ScanInputs inputs, const at::Tensor& end_state) {
    MOLT_ASSERT(!pending_);
    window_BTC_ = conv_BTC;
    inputs_ = std::move(inputs);
    end_state_ = end_state;
    pending_ = true;
}

void RecurrentState::accept(std::span<const std::int64_t> kept_B) {
    MOLT_ASSERT(pending_ && static_cast<std::int64_t>(kept_B.size()) == ssm_.size(0));
    const std::int64_t tokens = window_BTC_.size(1);
    const auto [shortest, longest] = std::minmax_element(kept_B.begin(), kept_B.end());
    MOLT_ASSERT(*shortest >= 0 && *longest <= tokens);
    if (*shortest == tokens) {
        accept_all();
        return;
    }
    if (*longest > 0) replay(kept_B, *longest);
    pending_ = false;
    window_BTC_ = end_state_ = at::Tensor();
    inputs_ = {};
}

void RecurrentState::accept_all() {
    const at::NoGradGuard no_grad;
    const std::int64_t width = shape_.conv_width;
    const at::Tensor all_BSC = at::cat({conv_BWC_, window_BTC_}, 1);
    conv_BWC_ = all_BSC.narrow(1, all_BSC.size(1) - width, width).contiguous();
    ssm_ = end_state_;
    pending_ = false;
    window_BTC_ = end_state_ = at::Tensor();
    inputs_ = {};
}

void RecurrentState::replay(std::span<const std::int64_t> kept_B, std::int64_t longest) {
    const at::NoGradGuard no_grad;
    const auto integers = at::TensorOptions().dtype(at::kLong).device(ssm_.device());
    const at::Tensor kept =
        at::tensor(at::ArrayRef<std::int64_t>(kept_B.data(), kept_B.size()), at::kLong).to(ssm_.device());
    const at::Tensor mask_BT = at::arange(longest, integers).unsqueeze(0).lt(kept.unsqueeze(1));
    const auto head = [&](const at::Tensor& value) { return only_kept(value.narrow(1, 0, longest), mask_BT); };
    const at::Tensor x = head(inputs_.x), delta = head(inputs_.delta), B = head(inputs_.B);
    const at::Tensor no_skip = at::zeros({inputs_.A.size(0)}, inputs_.A.options());
    // Only the state is wanted; B stands in for the readout C, whose result is dropped.
    ssm_ = shape_.kind == MixerKind::Mamba1 ? ops::selective_scan(x, delta, inputs_.A, B, B, no_skip, ssm_).state
                                            : ops::ssd(x, delta, inputs_.A, B, B, no_skip, ssm_).state;
    const at::Tensor all_BSC = at::cat({conv_BWC_, window_BTC_}, 1);
    const at::Tensor row_BW = kept.unsqueeze(1) + at::arange(shape_.conv_width, integers).unsqueeze(0);
    conv_BWC_ = all_BSC.gather(1, row_BW.unsqueeze(2).expand({-1, -1, shape_.channels}));
}

std::unique_ptr<MixerState> RecurrentState::clone() const {
    // Tensors are replaced, never written to, so that sharing them is a copy.
    return std::make_unique<RecurrentState>(*this);
}

std::int64_t RecurrentState::bytes() const {
    std::int64_t total = 0;
    for (const at::Tensor* tensor :
         {&conv_BWC_, &ssm_, &window_BTC_, &end_state_, &inputs_.x, &inputs_.delta, &inputs_.B}) {
        if (tensor->defined()) total += static_cast<std::int64_t>(tensor->nbytes());
    }
    return total;
}

std::vector<std::pair<std::string, at::Tensor>> RecurrentState::tensors() const {
    return {{"conv", conv_BWC_.transpose(1, 2).contiguous()},
            {"ssm", ssm_.reshape(with_batch(ssm_.size(0), shape_.ssm_view))}};
}

}  // namespace molt
