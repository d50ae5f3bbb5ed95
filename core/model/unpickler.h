// A pickle reader that can build tensors' descriptions and nothing else: an allow-list of opcodes and of names. Nothing
// is ever imported, called or executed. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <c10/core/ScalarType.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace molt {

/// A tensor as the pickle describes it; the numbers are unchecked but for their range.
struct PickledTensor {
    at::ScalarType dtype = at::kFloat;
    std::string_view storage;                  ///< name of the zip entry below data/
    std::int64_t storage_elements = 0;         ///< >= 0
    std::int64_t offset = 0;                   ///< in elements, >= 0
    std::vector<std::int64_t> sizes, strides;  ///< equally many, all >= 0
};

/// Reads a protocol 2 pickle of {text: tensor}, in file order. Texts are views of `bytes`.
///   origin  starts every message
/// Throws Error(BadFile): another protocol, an opcode or Python name outside the allow-list (named), a stack that does
/// not fit, a value that is no tensor, a key twice, anything after the end, or more than 2^21 opcodes, 2^19 values,
/// 2^15 tensors or 8 dimensions. No recursion.
std::vector<std::pair<std::string_view, PickledTensor>> unpickle_tensors(std::span<const std::byte> bytes,
                                                                         const std::string& origin);

}  // namespace molt
