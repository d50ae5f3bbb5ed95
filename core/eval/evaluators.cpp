// Scores over chunks of tokens.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/evaluators.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/ge.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/sum.h>

#include <algorithm>
#include <vector>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

constexpr std::int64_t kLogitsPerChunk = std::int64_t{1} << 22;

/// Log-probabilities (n,V) of the rows of `hidden_ND` that `index_n` names, in at least float32.
at::Tensor log_probabilities(const HybridModel& model, const at::Tensor& hidden_ND, const at::Tensor& index_n) {
    const at::Tensor logits_nV = model.logits(hidden_ND.index_select(0, index_n));
    const auto dtype = logits_nV.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    return at::log_softmax(logits_nV, -1, dtype);
}

at::Tensor flat_hidden(const HybridModel& model, const Batch& batch) {
    return model.hidden(batch.ids_BT, batch.segment_BT, nullptr).flatten(0, 1);
}

struct Sums {
    double loss = 0.0, kl = 0.0, agreed = 0.0;
    std::int64_t tokens = 0;
};

Sums score_batch(const HybridModel& model, const HybridModel* teacher, const Batch& batch) {
    const at::NoGradGuard no_grad;
    Sums sums;
    const at::Tensor target_N = batch.target_BT.flatten();
    const at::Tensor counted = at::nonzero(target_N >= 0).flatten();
    const std::int64_t chunk = std::max<std::int64_t>(64, kLogitsPerChunk / model.config().vocab_size);
    const at::Tensor hidden_ND = flat_hidden(model, batch);
    const at::Tensor teacher_ND = teacher != nullptr ? flat_hidden(*teacher, batch) : at::Tensor{};
    for (std::int64_t first = 0; first < counted.numel(); first += chunk) {
        const at::Tensor index_n = counted.slice(0, first, first + chunk);
        const at::Tensor log_q_nV = log_probabilities(model, hidden_ND, index_n);
        const at::Tensor target_n1 = target_N.index_select(0, index_n).unsqueeze(1);
        sums.loss -= log_q_nV.gather(1, target_n1).sum(at::kDouble).item<double>();
        sums.tokens += index_n.numel();
        if (teacher == nullptr) continue;
        const at::Tensor log_p_nV = log_probabilities(*teacher, teacher_ND, index_n);
        sums.kl += (log_p_nV.exp() * (log_p_nV - log_q_nV)).sum(at::kDouble).item<double>();
        sums.agreed += (log_p_nV.argmax(-1) == log_q_nV.argmax(-1)).sum().item<double>();
    }
    return sums;
}

}  // namespace

LanguageScore score(const HybridModel& model, const HybridModel* teacher, std::span<const Batch> batches,
                    Workers* workers) {
    if (teacher != nullptr && teacher->config().vocab_size != model.config().vocab_size) {
        fail(ErrorCode::Mismatch, join("The teacher has ", teacher->config().vocab_size, " tokens, the model ",
                                       model.config().vocab_size, "."));
    }
    std::vector<Sums> parts(batches.size());
    const auto part = [&](std::int64_t index) {
        const auto i = static_cast<std::size_t>(index);
        parts[i] = score_batch(model, teacher, batches[i]);
    };
    Workers alone(1);
    (workers != nullptr ? *workers : alone).run(static_cast<std::int64_t>(batches.size()), part);
    Sums sums;
    for (const Sums& each : parts) {
        sums.loss += each.loss;
        sums.kl += each.kl;
        sums.agreed += each.agreed;
        sums.tokens += each.tokens;
    }
    if (sums.tokens == 0) return {};
    const auto tokens = static_cast<double>(sums.tokens);
    return {sums.loss / tokens, sums.kl / tokens, sums.agreed / tokens, sums.tokens};
}

}  // namespace molt
