// Tensors that are made when they are written, so that a re-written model is never held as a whole.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace molt {

/// Source tensors (views of mapped files) and the formula that makes one tensor of them. Element type and shape are
/// known before anything is computed: the formula first runs on shapes alone (the meta device).
class LazyTensor {
public:
    using Formula = std::function<at::Tensor(const std::vector<at::Tensor>& sources)>;

    /// The source as it is.
    explicit LazyTensor(at::Tensor source);
    LazyTensor(std::vector<at::Tensor> sources, Formula formula);

    at::ScalarType dtype() const { return dtype_; }
    const std::vector<std::int64_t>& shape() const { return shape_; }
    std::int64_t num_elements() const;
    const std::vector<at::Tensor>& sources() const { return sources_; }
    at::Tensor make() const;

private:
    std::vector<at::Tensor> sources_;
    Formula formula_;
    at::ScalarType dtype_;
    std::vector<std::int64_t> shape_;
};

/// A whole model by name, in the order in which it is written.
using LazyTensors = std::map<std::string, LazyTensor>;

}  // namespace molt
