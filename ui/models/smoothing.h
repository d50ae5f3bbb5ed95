// Debiased exponential moving average of a curve, the smoothing that people know from TensorBoard.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>

namespace molt::ui {

/// s_i = (1 - w) * sum_j w^(i - j) y_j / (1 - w^(i + 1)). A constant curve stays as it is; non-finite values are passed
/// through and left out of the average.
class Smoother {
public:
    explicit Smoother(double weight) : weight_(weight) {}
    double push(double value) {
        if (!std::isfinite(value)) return value;
        average_ = weight_ * average_ + (1.0 - weight_) * value;
        power_ *= weight_;
        return average_ / (1.0 - power_);
    }

private:
    double weight_, average_ = 0.0, power_ = 1.0;
};

}  // namespace molt::ui
