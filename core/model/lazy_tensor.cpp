// Formulas over tensors, tried out on shapes and run when they are needed.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/lazy_tensor.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include "core/base/error.h"

namespace molt {

LazyTensor::LazyTensor(at::Tensor source)
    : sources_{std::move(source)}, dtype_(sources_.front().scalar_type()), shape_(sources_.front().sizes().vec()) {}

LazyTensor::LazyTensor(std::vector<at::Tensor> sources, Formula formula)
    : sources_(std::move(sources)), formula_(std::move(formula)) {
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> shapes;
    for (const at::Tensor& source : sources_) {
        shapes.push_back(at::empty(source.sizes(), at::TensorOptions(at::kMeta).dtype(source.scalar_type())));
    }
    const at::Tensor outcome = formula_(shapes);
    dtype_ = outcome.scalar_type();
    shape_ = outcome.sizes().vec();
}

std::int64_t LazyTensor::num_elements() const {
    std::int64_t count = 1;
    for (const std::int64_t size : shape_) count *= size;
    return count;
}

at::Tensor LazyTensor::make() const {
    const at::NoGradGuard no_grad;
    const at::Tensor made = formula_ ? formula_(sources_) : sources_.front();
    MOLT_ASSERT(made.sizes() == at::IntArrayRef(shape_) && made.scalar_type() == dtype_);
    return made;
}

}  // namespace molt
