// Shape-checked lookup of weights.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/weight.h"

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

const at::Tensor& require_weight(const ParamSet& params, const std::string& name, at::IntArrayRef shape) {
    const at::Tensor& tensor = params.at(name);
    if (tensor.sizes() != shape) {
        fail(ErrorCode::BadFile,
             join("The tensor ", name, " has the shape ", shape_text(tensor.sizes()), ", expected ", shape_text(shape),
                  "."),
             "config.json and the weights do not belong together.");
    }
    return tensor;
}

std::string shape_text(at::IntArrayRef shape) {
    std::string text = "(";
    for (std::size_t i = 0; i < shape.size(); ++i) text += join(i == 0 ? "" : ", ", shape[i]);
    return text + ")";
}

}  // namespace molt
