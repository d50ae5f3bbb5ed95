#include "core/model/hybrid_model.h"
#include <ATen/core/Tensor.h>
