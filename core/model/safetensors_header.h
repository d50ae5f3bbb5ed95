// The JSON header of safetensors files: strict, streaming parser and the names of element types.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <c10/core/ScalarType.h>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/safetensors.h"

namespace molt {

struct SafetensorsDtype {
    at::ScalarType type;
    std::size_t element_bytes;
};
/// F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL. Throws Error(BadFile) that starts with `origin` and names the type.
SafetensorsDtype safetensors_dtype(std::string_view name, const std::string& origin);
/// The inverse. MOLT_ASSERTs that the type can be stored.
std::string_view safetensors_dtype_name(at::ScalarType type);

struct SafetensorsHeader {
    std::vector<SafetensorsFile::Entry> entries;
    std::map<std::string, std::string> metadata;
};
/// Only the documented structure is accepted: {"name": {"dtype", "shape", "data_offsets"}, "__metadata__": {text:
/// text}}. At most 262,144 tensors of at most 16 dimensions. Throws Error(BadFile).
SafetensorsHeader parse_safetensors_header(std::string_view text, const std::string& origin);

}  // namespace molt
