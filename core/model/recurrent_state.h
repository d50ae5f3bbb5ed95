// Memory of a Mamba layer: SSM checkpoint, last W raw convolution inputs, and the inputs of the pending window.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Shapes: B batch, T tokens, W convolution width, C convolution channels, H heads, P head width, N state size, G
// groups.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/model/mixer.h"

namespace molt {

/// What a scan needs to advance the state over a window; x, delta and B as core/ops/ssm.h takes them.
struct ScanInputs {
    at::Tensor x, delta, A, B;
};

class RecurrentState : public MixerState {
public:
    /// Shape of the memory of one sequence.
    struct Shape {
        MixerKind kind;                      ///< Mamba1: selective_scan replays; Mamba2: ssd
        std::int64_t conv_width, channels;   ///< W, C
        std::vector<std::int64_t> ssm;       ///< as the scan takes it: (d_inner, N) or (H, P, N)
        std::vector<std::int64_t> ssm_view;  ///< as tensors() shows it
    };
    /// Zeros for `batch` sequences. `options`: dtype and device of the convolution inputs; the SSM state has at least
    /// float32.
    RecurrentState(Shape shape, std::int64_t batch, const at::TensorOptions& options);

    /// The W-1 raw inputs before the window, oldest first: (B,W-1,C). Folds a window that is still pending.
    at::Tensor begin_window();
    const at::Tensor& ssm() const { return ssm_; }
    /// Notes the window that was just computed. conv_BTC: its raw convolution inputs; end_state: the SSM state after
    /// all of it.
    void end_window(const at::Tensor& conv_BTC, ScanInputs inputs, const at::Tensor& end_state);

    void accept(std::span<const std::int64_t> kept_B) override;
    std::unique_ptr<MixerState> clone() const override;
    std::int64_t bytes() const override;
    std::vector<std::pair<std::string, at::Tensor>> tensors() const override;

private:
    void accept_all();
    void replay(std::span<const std::int64_t> kept_B, std::int64_t longest);

    Shape shape_;
    at::Tensor conv_BWC_, ssm_;
    bool pending_ = false;
    at::Tensor window_BTC_, end_state_;
    ScanInputs inputs_;
};

}  // namespace molt
