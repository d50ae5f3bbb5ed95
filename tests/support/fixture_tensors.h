// A small safetensors reader for stored results: the tests of core/ops must not depend on core/model.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "tests/support/fixtures.h"

namespace molt::testing {

/// All tensors of a safetensors file; float64, float32 and int64 only.
inline std::map<std::string, at::Tensor> read_fixture(const std::filesystem::path& path) {
    const std::string bytes = read_file(path);
    std::uint64_t header_size = 0;
    MOLT_ASSERT(bytes.size() > sizeof(header_size));
    std::memcpy(&header_size, bytes.data(), sizeof(header_size));
    MOLT_ASSERT(header_size < bytes.size() - sizeof(header_size));
    const json header = parse_json(std::string_view(bytes).substr(sizeof(header_size), header_size), path.string());
    std::map<std::string, at::Tensor> tensors;
    for (const auto& [name, entry] : header.items()) {
        if (name == "__metadata__") continue;
        const std::string type = entry.at("dtype");
        const auto dtype = type == "F64" ? at::kDouble : type == "F32" ? at::kFloat : at::kLong;
        const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
        const auto offsets = entry.at("data_offsets").get<std::vector<std::uint64_t>>();
        const at::Tensor tensor = at::empty(shape, dtype);
        MOLT_ASSERT(offsets[1] - offsets[0] == tensor.nbytes());
        std::memcpy(tensor.mutable_data_ptr(), bytes.data() + sizeof(header_size) + header_size + offsets[0],
                    tensor.nbytes());
        tensors[name] = tensor;
    }
    return tensors;
}

}  // namespace molt::testing
