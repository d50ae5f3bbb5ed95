// Splitting, autograd per part, and the sum.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/gradients.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ge.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace molt {

namespace {

struct Part {
    LossReport report;
    double loss = 0.0, weight = 0.0;
    std::vector<at::Tensor> gradients;
};

std::vector<at::Tensor> tensors_of(const NamedTensors& named) {
    std::vector<at::Tensor> tensors;
    for (const auto& [name, tensor] : named) tensors.push_back(tensor);
    return tensors;
}

void add_to(const NamedTensors& learning, const std::vector<at::Tensor>& gradients) {
    for (std::size_t i = 0; i < learning.size(); ++i) {
        if (!gradients[i].defined()) continue;
        at::Tensor& sum = learning[i].second.mutable_grad();
        sum = sum.defined() ? sum.add_(gradients[i]) : gradients[i];
    }
}

void split(const Batch& batch, std::int64_t count, std::vector<Batch>& parts) {
    const std::int64_t rows = batch.ids_BT.size(0);
    const std::int64_t used = std::min(rows, count);
    for (std::int64_t i = 0; i < used; ++i) {
        const std::int64_t begin = rows * i / used, end = rows * (i + 1) / used;
        Batch part = used == 1 ? batch : rows_of(batch, begin, end - begin);
        if (part.valid_tokens > 0) parts.push_back(std::move(part));
    }
}

}  // namespace

Batch rows_of(const Batch& batch, std::int64_t begin, std::int64_t count) {
    Batch part;
    part.ids_BT = batch.ids_BT.narrow(0, begin, count);
    part.target_BT = batch.target_BT.narrow(0, begin, count);
    if (!batch.starts.empty()) part.starts.assign(batch.starts.begin() + begin, batch.starts.begin() + begin + count);
    if (batch.segment_BT.defined()) part.segment_BT = batch.segment_BT.narrow(0, begin, count);
    part.valid_tokens = (part.target_BT >= 0).sum().item<std::int64_t>();
    return part;
}

StepLoss add_gradients(Stage& stage, std::span<const Batch> batches, const NamedTensors& learning, Workers& workers) {
    std::vector<Batch> inputs;
    for (const Batch& batch : batches) split(batch, workers.count(), inputs);
    StepLoss sum;
    for (const Batch& batch : inputs) sum.tokens += batch.valid_tokens;
    const std::vector<at::Tensor> parameters = tensors_of(learning);
    std::vector<Part> parts(inputs.size());
    workers.run(static_cast<std::int64_t>(inputs.size()), [&](std::int64_t index) {
        Part& part = parts[static_cast<std::size_t>(index)];
        const Batch& batch = inputs[static_cast<std::size_t>(index)];
        part.report = stage.loss(batch);
        part.loss = part.report.loss.item<double>();
        part.weight = static_cast<double>(batch.valid_tokens) / static_cast<double>(sum.tokens);
        if (!std::isfinite(part.loss)) return;
        const at::Tensor weighted = inputs.size() == 1 ? part.report.loss : part.report.loss * part.weight;
        part.gradients = torch::autograd::grad({weighted}, parameters, {}, std::nullopt, false, true);
        part.report.loss = at::Tensor();
    });
    for (const Part& part : parts) {
        sum.loss += part.weight * part.loss;
        for (const auto& [key, value] : part.report.metrics) sum.metrics[key] += part.weight * value;
    }
    if (!std::isfinite(sum.loss)) return sum;
    for (const Part& part : parts) add_to(learning, part.gradients);
    return sum;
}

}  // namespace molt
