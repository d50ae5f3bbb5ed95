// Names, pruning and checksums of checkpoints.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/trainer_state.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <string>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"
#include "core/model/safetensors.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

constexpr const char* kValuesFile = "trainer.json";
constexpr const char* kTensorsFile = "trainer.safetensors";
constexpr std::string_view kPrefix = "step-";
constexpr std::int64_t kFormat = 1;

bool is_checkpoint_name(std::string_view name) {
    if (!name.starts_with(kPrefix) || name.size() == kPrefix.size()) return false;
    return std::all_of(name.begin() + kPrefix.size(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void verify(const fs::path& folder, const json& files) {
    if (!files.is_object()) fail(ErrorCode::BadFile, join((folder / kValuesFile).string(), " lists no files."));
    for (const auto& [name, facts] : files.items()) {
        const fs::path path = folder / fs::path(name).filename();
        const auto bytes = get<std::int64_t>(facts, "bytes", name);
        const auto checksum = get<std::string>(facts, "fnv1a64", name);
        if (!fs::exists(path)) fail(ErrorCode::BadFile, join("The checkpoint lacks ", path.string(), "."));
        if (static_cast<std::int64_t>(fs::file_size(path)) != bytes || file_checksum(path) != checksum) {
            fail(ErrorCode::BadFile,
                 join(path.string(), " is damaged: its checksum differs from the one in ", kValuesFile, "."),
                 "Resume from an older checkpoint of the run.");
        }
    }
}

json read_values_file(const fs::path& folder) {
    const std::string origin = (folder / kValuesFile).string();
    json document = read_json_file(folder / kValuesFile);
    if (get<std::int64_t>(document, "format", origin) != kFormat) {
        fail(ErrorCode::BadFile, join(origin, " was written by another version of Molt."));
    }
    if (!document.contains("values") || !document["values"].is_object() || !document.contains("files")) {
        fail(ErrorCode::BadFile, join(origin, " is incomplete."));
    }
    return document;
}

}  // namespace

fs::path checkpoint_path(const fs::path& run_folder, std::int64_t step) {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "step-%08lld", static_cast<long long>(step));
    return run_folder / "checkpoints" / name.data();
}

std::int64_t checkpoint_step(const fs::path& checkpoint) {
    const std::string name = checkpoint.filename().string();
    MOLT_ASSERT(is_checkpoint_name(name));
    std::int64_t step = 0;
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), step);
    return step;
}

std::vector<fs::path> list_checkpoints(const fs::path& run_folder) {
    std::vector<fs::path> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(run_folder / "checkpoints", error)) {
        if (is_checkpoint_name(entry.path().filename().string()) && fs::exists(entry.path() / kValuesFile, error)) {
            found.push_back(entry.path());
        }
    }
    // By number: a step of more than eight digits has a longer name.
    std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
        const std::string left = a.filename().string(), right = b.filename().string();
        return left.size() != right.size() ? left.size() < right.size() : left < right;
    });
    return found;
}

std::optional<fs::path> newest_checkpoint(const fs::path& run_folder) {
    const std::vector<fs::path> all = list_checkpoints(run_folder);
    if (all.empty()) return std::nullopt;
    return all.back();
}

void prune_checkpoints(const fs::path& run_folder, std::int64_t keep) {
    std::error_code ignored;
    std::vector<fs::path> leftovers;
    for (const auto& entry : fs::directory_iterator(run_folder / "checkpoints", ignored)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(kPrefix) && !is_checkpoint_name(name)) leftovers.push_back(entry.path());
    }
    for (const fs::path& path : leftovers) fs::remove_all(path, ignored);
    if (keep <= 0) return;
    const std::vector<fs::path> all = list_checkpoints(run_folder);
    const std::size_t kept = std::min(all.size(), static_cast<std::size_t>(keep));
    for (std::size_t i = 0; i + kept < all.size(); ++i) fs::remove_all(all[i], ignored);
}

std::int64_t folder_bytes(const fs::path& folder) {
    std::int64_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) bytes += static_cast<std::int64_t>(entry.file_size());
    }
    return bytes;
}

std::string file_checksum(const fs::path& path) {
    const auto file = MappedFile::open(path);
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const std::byte byte : file->bytes()) hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3ULL;
    std::array<char, 20> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
    return text.data();
}

void write_trainer_state(const fs::path& folder, const StateArchive& archive) {
    write_safetensors(folder / kTensorsFile, {archive.tensors.begin(), archive.tensors.end()});
    json document = {{"format", kFormat}, {"values", archive.values}, {"files", json::object()}};
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path& path : files) {
        document["files"][path.filename().string()] = {{"bytes", fs::file_size(path)},
                                                       {"fnv1a64", file_checksum(path)}};
    }
    write_file(folder / kValuesFile, document.dump(1) + "\n");
}

std::int64_t checkpoint_stage(const fs::path& folder) {
    return get<std::int64_t>(read_values_file(folder)["values"], "stage_index", (folder / kValuesFile).string());
}

StateArchive read_trainer_state(const fs::path& folder) {
    const json document = read_values_file(folder);
    verify(folder, document["files"]);
    StateArchive archive{.tensors = {}, .values = document["values"]};
    const SafetensorsFile file = SafetensorsFile::open(folder / kTensorsFile);
    for (const auto& entry : file.entries()) archive.tensors[entry.name] = file.tensor(entry.name);
    return archive;
}

}  // namespace molt
