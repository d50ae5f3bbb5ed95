// Finding and opening the files that hold a folder's weights.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/weight_files.h"

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/model/pickle.h"
#include "core/model/safetensors.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

/// The formats in the order in which they are preferred.
struct Format {
    const char* single;
    const char* index;
};
constexpr Format kFormats[] = {{"model.safetensors", "model.safetensors.index.json"},
                               {"pytorch_model.bin", "pytorch_model.bin.index.json"}};

struct OpenFile {
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    std::shared_ptr<const MappedFile> map;
};

OpenFile open_file(const fs::path& path) {
    if (path.extension() != ".safetensors") return {read_pytorch_bin(path), nullptr};
    const SafetensorsFile stored = SafetensorsFile::open(path);
    OpenFile out{{}, stored.file()};
    for (const auto& entry : stored.entries()) out.tensors.emplace_back(entry.name, stored.tensor(entry.name));
    return out;
}

void add_file(const fs::path& path, StoredTensors* out) {
    const std::string file = path.filename().string();
    OpenFile opened = open_file(path);
    for (auto& [name, tensor] : opened.tensors) {
        const auto [place, is_new] = out->emplace(name, StoredTensor{std::move(tensor), file, opened.map});
        if (!is_new) {
            fail(ErrorCode::BadFile,
                 join(path.string(), ": the tensor ", name, " is also in ", place->second.file, "."),
                 "Remove the file that does not belong to the model.");
        }
    }
}

StoredTensors open_sharded(const fs::path& index_path) {
    const fs::path folder = index_path.parent_path();
    const std::string index_name = index_path.filename().string();
    const json index = read_json_file(index_path);
    const auto map = index.is_object() ? index.find("weight_map") : index.end();
    if (!index.is_object() || map == index.end() || !map->is_object()) {
        fail(ErrorCode::BadFile, join(index_path.string(), ": weight_map is missing."), "Copy the file again.");
    }
    std::set<std::string> shards;
    for (const auto& [name, shard] : map->items()) {
        // A name with a folder in it could lead anywhere.
        if (!shard.is_string() || fs::path(shard.get<std::string>()).filename() != shard.get<std::string>()) {
            fail(ErrorCode::BadFile, join(index_path.string(), ": the shard of ", name, " is no file name."));
        }
        shards.insert(shard.get<std::string>());
    }
    StoredTensors tensors;
    for (const std::string& shard : shards) {
        // Without an error code, a name that is too long would throw an exception of its own.
        if (std::error_code ignored; !fs::exists(folder / shard, ignored)) {
            fail(ErrorCode::NotFound, join("The shard ", (folder / shard).string(), " is missing."),
                 join(index_name, " names ", shards.size(), " shards; copy all of them."));
        }
        add_file(folder / shard, &tensors);
    }
    for (const auto& [name, shard] : map->items()) {
        const auto found = tensors.find(name);
        if (found == tensors.end() || found->second.file != shard.get<std::string>()) {
            fail(ErrorCode::BadFile,
                 join((folder / shard.get<std::string>()).string(), ": the tensor ", name, " is missing."),
                 join(index_name, " says that it is there; the shard is damaged or belongs to another model."));
        }
    }
    return tensors;
}

std::vector<fs::path> safetensors_files(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

StoredTensors open_weight_files(const fs::path& folder) {
    StoredTensors tensors;
    for (const Format& format : kFormats) {
        if (fs::exists(folder / format.index)) return open_sharded(folder / format.index);
        if (!fs::exists(folder / format.single)) continue;
        add_file(folder / format.single, &tensors);
        return tensors;
    }
    for (const fs::path& path : safetensors_files(folder)) add_file(path, &tensors);
    if (tensors.empty()) {
        fail(ErrorCode::NotFound, join("There are no weights in ", folder.string(), "."),
             "Expected model.safetensors or pytorch_model.bin, or shards with their index.");
    }
    return tensors;
}

TensorShapes shapes_of(const StoredTensors& tensors) {
    TensorShapes shapes;
    for (const auto& [name, stored] : tensors) shapes[name] = stored.tensor.sizes().vec();
    return shapes;
}

}  // namespace molt
