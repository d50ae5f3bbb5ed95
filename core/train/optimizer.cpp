// Lists for ATen's fused AdamW and foreach kernels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

constexpr std::string_view kMean = "optimizer/mean/", kSquare = "optimizer/square/";

void restore(at::Tensor& target, const StateArchive& archive, const std::string& key) {
    const auto found = archive.tensors.find(key);
    if (found == archive.tensors.end() || found->second.sizes() != target.sizes()) {
        fail(ErrorCode::Mismatch, join("The checkpoint's ", key, " does not fit the parameters that learn."),
             "Resume with the recipe that the checkpoint was written with.");
    }
    target.copy_(found->second);
}

}  // namespace

bool is_decayed(std::string_view name, const at::Tensor& parameter) {
    return parameter.dim() == 2 && !name.ends_with("A_log");
}

AdamW::AdamW(NamedTensors parameters, const AdamWOptions& options) : options_(options) {
    for (auto& [name, parameter] : parameters) {
        const bool decayed = is_decayed(name, parameter);
        const at::Tensor zeros = at::zeros_like(parameter.detach());
        slots_.push_back({std::move(name), std::move(parameter), zeros, zeros.clone(), decayed});
    }
}

void AdamW::step(double learning_rate) {
    const at::NoGradGuard no_grad;
    ++num_steps_;
    step_group(true, learning_rate);
    step_group(false, learning_rate);
}

void AdamW::step_group(bool decayed, double learning_rate) {
    std::vector<at::Tensor> parameters, gradients, means, squares, steps;
    const at::Tensor step = at::scalar_tensor(static_cast<double>(num_steps_), at::kFloat);
    for (const Slot& slot : slots_) {
        if (slot.decayed != decayed || !slot.parameter.grad().defined()) continue;
        parameters.push_back(slot.parameter);
        gradients.push_back(slot.parameter.grad());
        means.push_back(slot.mean);
        squares.push_back(slot.square);
        steps.push_back(step);
    }
    if (parameters.empty()) return;
    at::_fused_adamw_(parameters, gradients, means, squares, {}, steps, learning_rate, options_.beta1, options_.beta2,
                      decayed ? options_.weight_decay : 0.0, options_.epsilon, false, false);
}

void AdamW::clear_gradients() {
    for (Slot& slot : slots_) slot.parameter.mutable_grad() = at::Tensor();
}

void AdamW::save(StateArchive& archive) const {
    archive.values["optimizer_steps"] = num_steps_;
    for (const Slot& slot : slots_) {
        archive.tensors[join(kMean, slot.name)] = slot.mean;
        archive.tensors[join(kSquare, slot.name)] = slot.square;
    }
}

void AdamW::load(const StateArchive& archive) {
    const at::NoGradGuard no_grad;
    num_steps_ = get<std::int64_t>(archive.values, "optimizer_steps", "trainer.json");
    for (Slot& slot : slots_) {
        restore(slot.mean, archive, join(kMean, slot.name));
        restore(slot.square, archive, join(kSquare, slot.name));
    }
}

double clip_gradients(const NamedTensors& parameters, double max_norm) {
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> gradients;
    for (const auto& [name, parameter] : parameters) {
        if (parameter.grad().defined()) gradients.push_back(parameter.grad());
    }
    if (gradients.empty()) return 0.0;
    const auto norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients))).item<double>();
    const double scale = max_norm / (norm + 1e-6);
    if (max_norm > 0.0 && std::isfinite(norm) && scale < 1.0) at::_foreach_mul_(gradients, scale);
    return norm;
}

}  // namespace molt
