// Ids into a tensor, hidden states of the last position only into logits: the head is never run over a whole prompt.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decode/forward_window.h"

#include <ATen/ops/empty.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

std::vector<std::vector<float>> forward_window(const HybridModel& model, std::span<const TokenId> ids_BT,
                                               std::int64_t batch, ModelState& state) {
    const auto length = static_cast<std::int64_t>(ids_BT.size()) / batch;
    const at::Tensor ids = at::empty({batch, length}, at::kLong);
    std::copy(ids_BT.begin(), ids_BT.end(), ids.data_ptr<std::int64_t>());
    const at::Tensor hidden_BTD = model.hidden(ids, {}, &state);
    state.accept_all();
    const at::Tensor logits_BV =
        model.logits(hidden_BTD.narrow(1, length - 1, 1)).squeeze(1).to(at::kCPU, at::kFloat).contiguous();
    const float* data = logits_BV.data_ptr<float>();
    const std::int64_t vocab = logits_BV.size(1);
    std::vector<std::vector<float>> rows;
    for (std::int64_t b = 0; b < batch; ++b) rows.emplace_back(data + b * vocab, data + (b + 1) * vocab);
    return rows;
}

void check_prompt(std::span<const TokenId> prompt, const ModelConfig& config) {
    if (prompt.empty()) fail(ErrorCode::Mismatch, "The prompt has no tokens.", "Give at least one token or some text.");
    for (const TokenId id : prompt) {
        if (id >= 0 && id < config.vocab_size) continue;
        fail(ErrorCode::Mismatch,
             join("Token id ", id, " is out of range: the model knows ids 0 to ", config.vocab_size - 1, "."),
             "Check that the ids were made with this model's tokenizer.");
    }
    const auto length = static_cast<std::int64_t>(prompt.size());
    if (length > config.max_position) {
        fail(ErrorCode::Mismatch,
             join("The prompt has ", length, " tokens, but the context of the model holds ", config.max_position, "."),
             "Shorten the prompt.");
    }
}

}  // namespace molt
