// ParamSet: lookups that name the nearest tensor, freezing by glob, casts and copies.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/param_set.h"

#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

bool matches_any(std::span<const std::string> globs, const std::string& name, std::vector<bool>* used) {
    bool matched = false;
    for (std::size_t i = 0; i < globs.size(); ++i) {
        if (!glob_match(globs[i], name)) continue;
        (*used)[i] = true;
        matched = true;
    }
    return matched;
}

void append_unused(std::span<const std::string> globs, const std::vector<bool>& used, std::vector<std::string>* out) {
    for (std::size_t i = 0; i < globs.size(); ++i) {
        if (!used[i]) out->push_back(globs[i]);
    }
}

}  // namespace

at::Tensor& ParamSet::add(const std::string& name, at::Tensor value) {
    const auto [place, is_new] = tensors_.emplace(name, std::move(value));
    MOLT_ASSERT(is_new);
    return place->second;
}

const at::Tensor& ParamSet::at(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found != tensors_.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& entry : tensors_) names.push_back(entry.first);
    const std::string near = nearest_name(name, names);
    fail(ErrorCode::BadFile, join("The tensor ", name, " is missing."),
         near.empty() ? "The weights do not belong to this configuration." : join("The nearest name is ", near, "."));
}

std::vector<std::string> ParamSet::set_trainable(std::span<const std::string> trained,
                                                 std::span<const std::string> frozen) {
    std::vector<bool> trained_used(trained.size()), frozen_used(frozen.size());
    for (auto& [name, tensor] : tensors_) {
        const bool wanted = matches_any(trained, name, &trained_used);
        const bool refused = matches_any(frozen, name, &frozen_used);
        tensor.requires_grad_(wanted && !refused);
    }
    std::vector<std::string> unused;
    append_unused(trained, trained_used, &unused);
    append_unused(frozen, frozen_used, &unused);
    return unused;
}

std::vector<std::pair<std::string, at::Tensor>> ParamSet::trainable() const {
    std::vector<std::pair<std::string, at::Tensor>> result;
    for (const auto& [name, tensor] : tensors_) {
        if (tensor.requires_grad()) result.emplace_back(name, tensor);
    }
    return result;
}

ParamSet ParamSet::to(at::ScalarType dtype) const {
    const at::NoGradGuard no_grad;
    ParamSet result;
    for (const auto& [name, tensor] : tensors_) {
        result.add(name, tensor.scalar_type() == dtype ? tensor : tensor.to(dtype));
    }
    return result;
}

ParamSet ParamSet::clone() const {
    const at::NoGradGuard no_grad;
    ParamSet result;
    for (const auto& [name, tensor] : tensors_) result.add(name, tensor.detach().clone());
    return result;
}

std::int64_t ParamSet::num_elements() const {
    std::int64_t total = 0;
    for (const auto& entry : tensors_) total += entry.second.numel();
    return total;
}

std::int64_t ParamSet::num_bytes() const {
    std::int64_t total = 0;
    for (const auto& entry : tensors_) total += static_cast<std::int64_t>(entry.second.nbytes());
    return total;
}

}  // namespace molt
