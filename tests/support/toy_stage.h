// Toy stage: a small regression whose rows have different numbers of tokens, to test the trainer without a model.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ge.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/train/stage.h"

namespace molt {

/// Row r holds the ids 10 r .. 10 r + r % 5; the loss is the mean squared error over them.
class ToyStage : public Stage {
public:
    explicit ToyStage(std::int64_t rows_per_batch, at::ScalarType dtype = at::kDouble) : rows_(rows_per_batch) {
        params_.add("w", at::zeros({3, 3}, dtype).fill_(0.1));
        params_.add("b", at::zeros({3}, dtype));
        params_.set_trainable(std::vector<std::string>{"*"}, {});
    }

    std::string_view name() const override { return "toy"; }
    ParamSet& params() override { return params_; }

    Batch next() override {
        Batch batch;
        batch.ids_BT = at::full({rows_, 5}, -1, at::kLong);
        for (std::int64_t b = 0; b < rows_; ++b, ++next_row_) {
            for (std::int64_t t = 0; t <= next_row_ % 5; ++t) {
                batch.ids_BT[b][t] = 10 * next_row_ + t;
                ++batch.valid_tokens;
            }
        }
        return batch;
    }

    LossReport loss(const Batch& batch) override {
        ++num_losses_;
        const at::Tensor& w = params_.at("w");
        const at::Tensor ids = batch.ids_BT.masked_select(batch.ids_BT >= 0).to(w.scalar_type());
        const at::Tensor x = at::stack({at::sin(ids), at::cos(ids), at::sin(ids * 3)}, 1);
        const at::Tensor y = at::stack({at::cos(ids * 2), at::sin(ids * 2), at::cos(ids)}, 1);
        at::Tensor loss = (x.matmul(w) + params_.at("b") - y).pow(2).mean();
        if (not_finite.contains(num_losses_)) loss = loss / (loss - loss.detach());
        return {.loss = loss, .metrics = {{"loss_ce", loss.item<double>()}}};
    }

    std::vector<std::pair<std::string, double>> evaluate() override {
        ++num_evaluations;
        return {{"eval/loss", params_.at("w").sum().item<double>()}};
    }
    void save(StateArchive& archive) const override { archive.values["next_row"] = next_row_; }
    void load(const StateArchive& archive) override {
        next_row_ = get<std::int64_t>(archive.values, "next_row", "trainer.json");
    }

    std::set<std::int64_t> not_finite;  ///< numbers of the loss calls, from 1, that give infinity
    int num_evaluations = 0;

private:
    std::int64_t rows_, next_row_ = 0, num_losses_ = 0;
    ParamSet params_;
};

}  // namespace molt
