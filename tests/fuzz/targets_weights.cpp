// Fuzz targets: the files that hold weights. Originals are small models written here, no shared data.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>

#include <span>

#include "core/base/files.h"
#include "core/model/llama2c.h"
#include "core/model/pickle.h"
#include "core/model/safetensors.h"
#include "core/model/unpickler.h"
#include "core/model/weight_files.h"
#include "tests/fuzz/targets.h"
#include "tests/support/torch_file.h"

namespace molt::testing {
namespace {

namespace fs = std::filesystem;

/// Reads every element once, so that a view outside its file faults here. Expanded views are not materialised.
void touch(const at::Tensor& tensor) {
    if (tensor.numel() == 0) return;
    volatile unsigned char sink = 0;
    const auto bytes = static_cast<std::int64_t>(tensor.storage_offset() * tensor.element_size());
    const auto* data = static_cast<const unsigned char*>(tensor.const_data_ptr()) - bytes;
    const auto end = static_cast<std::int64_t>(tensor.storage().nbytes());
    for (std::int64_t i = 0; i < end; i += 64) sink = sink + data[i];
    if (end > 0) sink = sink + data[end - 1];
}

std::string safetensors_bytes(const std::vector<std::pair<std::string, at::Tensor>>& tensors) {
    const TemporaryFolder folder;
    write_safetensors(folder.path() / "a", tensors, {{"format", "pt"}});
    return read_file(folder.path() / "a");
}

FuzzTarget safetensors_target() {
    const std::vector<std::string> originals = {
        safetensors_bytes({{"a", at::full({4, 8}, 1.5)}, {"b.weight", at::full({3}, 7, at::kLong)}}),
        safetensors_bytes(
            {{"model.embed_tokens.weight", at::full({16, 4}, 0.5, at::kBFloat16)}, {"none", at::full({0, 4}, 1.0)}}),
    };
    const auto read = [](const fs::path& folder) {
        const SafetensorsFile file = SafetensorsFile::open(folder / "model.safetensors");
        for (const auto& entry : file.entries()) touch(file.tensor(entry.name));
    };
    return {"safetensors", "model.safetensors", originals, read, {}};
}

FuzzTarget index_target() {
    const auto prepare = [](const fs::path& folder) {
        write_safetensors(folder / "model-00001-of-00002.safetensors",
                          {{"a", at::full({4}, 1.0)}, {"b", at::full({2}, 2.0)}});
        write_safetensors(folder / "model-00002-of-00002.safetensors", {{"c", at::full({4}, 3.0)}});
    };
    const std::string index =
        R"({"metadata": {"total_size": 40}, "weight_map": {"a": "model-00001-of-00002.safetensors",
        "b": "model-00001-of-00002.safetensors", "c": "model-00002-of-00002.safetensors"}})";
    const auto read = [](const fs::path& folder) {
        for (const auto& [name, stored] : open_weight_files(folder)) touch(stored.tensor);
    };
    return {"index", "model.safetensors.index.json", {index}, read, prepare};
}

FuzzTarget pytorch_target() {
    const auto archive = [](const std::vector<TorchTensor>& tensors, std::size_t floats, bool zip64) {
        const std::vector<float> values(floats, 1.25f);
        std::vector<ZipEntry> entries =
            torch_entries(pickle_of(tensors), {{"0", bytes_of(values)}, {"1", bytes_of(values)}});
        if (zip64) entries[2].zip64 = true;
        return zip_file(entries, 64, zip64);
    };
    const std::vector<std::string> originals = {
        archive({{"model.norm.weight", "FloatStorage", "0", 12, 2, {2, 3}, {3, 1}},
                 {"b", "IntStorage", "1", 12, 0, {12}, {1}}},
                12, false),
        archive(
            {{"w", "BFloat16Storage", "1", 24, 0, {4, 6}, {1, 4}}, {"tied", "BFloat16Storage", "1", 24, 4, {5}, {4}}},
            12, true),
    };
    const auto read = [](const fs::path& folder) {
        for (const auto& [name, tensor] : read_pytorch_bin(folder / "pytorch_model.bin")) touch(tensor);
    };
    return {"pytorch_bin", "pytorch_model.bin", originals, read, {}};
}

/// The pickle alone: in the archive most mutations already fail at the zip directory.
FuzzTarget pickle_target() {
    const std::string ordered = pickle_name("collections", "OrderedDict") + ")R";
    const TorchTensor tensor{"w", "FloatStorage", "0", 12, 2, {2, 3}, {3, 1}};
    const std::string memo = "\x80\x02" + ordered + "q\x01(" + pickle_text("a") + pickle_tensor(tensor) + "q\x02" +
                             pickle_text("b") + "h\x02u}(" + pickle_text("_metadata") + "h\x01ub.";
    const auto read = [](const fs::path& folder) {
        const std::string bytes = read_file(folder / "data.pkl");
        unpickle_tensors(std::as_bytes(std::span(bytes)), "data.pkl");
    };
    return {"pickle", "data.pkl", {pickle_of({tensor, {"v", "HalfStorage", "1", 4, 0, {4}, {1}}}), memo}, read, {}};
}

/// dim 8, hidden 12, 2 layers, 2 heads, 1 kv head, 10 pieces, 16 positions; legacy form with a shared or an own head.
std::string llama2c_bytes(bool shared_head) {
    const std::int32_t dim = 8, hidden = 12, layers = 2, heads = 2, kv_heads = 1, vocab = 10, positions = 16;
    const std::int32_t kv = dim / heads * kv_heads;
    const std::int32_t per_layer = dim + dim * dim + 2 * dim * kv + dim * dim + dim + 3 * dim * hidden;
    std::int32_t floats = vocab * dim + layers * per_layer + dim + positions * (dim / heads);
    if (!shared_head) floats += vocab * dim;
    return bytes_of(std::vector<std::int32_t>{dim, hidden, layers, heads, kv_heads, shared_head ? vocab : -vocab,
                                              positions}) +
           bytes_of(std::vector<float>(static_cast<std::size_t>(floats), 0.25f));
}

FuzzTarget llama2c_target() {
    const auto read = [](const fs::path& folder) {
        const Llama2cModel model = read_llama2c(folder / "model.bin");
        for (const auto& [name, tensor] : model.params.all()) touch(tensor);
    };
    return {"llama2c", "model.bin", {llama2c_bytes(true), llama2c_bytes(false)}, read, {}};
}

}  // namespace

std::vector<FuzzTarget> weight_targets() {
    return {safetensors_target(), index_target(), pytorch_target(), pickle_target(), llama2c_target()};
}

}  // namespace molt::testing
