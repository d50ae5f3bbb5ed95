// Named tensors of a model, names = Hugging Face names. Freezing and sharing are map operations; copies share tensors.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace molt {

class ParamSet {
public:
    at::Tensor& add(const std::string& name, at::Tensor value);  ///< MOLT_ASSERTs that the name is new
    /// Throws Error(BadFile) naming the closest name.
    const at::Tensor& at(const std::string& name) const;
    bool contains(const std::string& name) const { return tensors_.contains(name); }
    void erase(const std::string& name) { tensors_.erase(name); }
    const std::map<std::string, at::Tensor>& all() const { return tensors_; }

    /// Sets requires_grad of every tensor to (matches a `trained` glob and no `frozen` glob). Globs that match nothing
    /// are returned, so that the caller can refuse them.
    std::vector<std::string> set_trainable(std::span<const std::string> trained, std::span<const std::string> frozen);
    std::vector<std::pair<std::string, at::Tensor>> trainable() const;
    /// Every tensor cast (shared where it has the dtype already).
    ParamSet to(at::ScalarType dtype) const;
    /// Independent copies of every tensor, without gradient history.
    ParamSet clone() const;
    std::int64_t num_elements() const;
    std::int64_t num_bytes() const;

private:
    std::map<std::string, at::Tensor> tensors_;
};

}  // namespace molt
