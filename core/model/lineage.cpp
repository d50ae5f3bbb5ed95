// Following molt.json from folder to folder.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/lineage.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"
#include "core/model/checkpoint.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

/// Longer chains are cut, so that folders which name each other come to an end.
constexpr std::size_t kMaxAncestors = 32;

/// null where there is none, or where it is damaged: a card is worth more than a refusal.
json provenance_of(const fs::path& folder) {
    std::error_code ignored;
    if (!fs::is_regular_file(folder / "molt.json", ignored)) return nullptr;
    try {
        return read_json_file(folder / "molt.json");
    } catch (const Error&) {
        return nullptr;
    }
}

/// The value of `key` in the block between two lines "---" at the start of a model card.
std::string front_matter(const fs::path& card, std::string_view key) {
    constexpr std::size_t kLimit = std::size_t{4} << 20;
    std::error_code ignored;
    if (!fs::is_regular_file(card, ignored) || fs::file_size(card, ignored) > kLimit) return {};
    const std::vector<std::string> lines = split(read_file(card, kLimit), '\n');
    if (lines.empty() || trim(lines.front()) != "---") return {};
    for (std::size_t i = 1; i < lines.size() && trim(lines[i]) != "---"; ++i) {
        const std::string_view line = trim(lines[i]);
        if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == ':')
            return to_valid_utf8(std::string(trim(line.substr(key.size() + 1))));
    }
    return {};
}

}  // namespace

std::vector<Ancestor> ancestors(const json& provenance) {
    std::vector<Ancestor> result;
    std::string name = base_model(provenance);
    while (!name.empty() && result.size() < kMaxAncestors) {
        const json origin = provenance_of(name);
        std::string next = base_model(origin);
        result.push_back({name, origin, licence_of(name)});
        name = std::move(next);
    }
    return result;
}

std::vector<std::string> licence_files(const fs::path& folder) {
    constexpr std::array<std::string_view, 5> kBeginnings{"license", "licence", "copying", "notice", "use_policy"};
    std::vector<std::string> names;
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) return names;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        std::string lower = name;
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        // A whole word: "licensed_images.bin" is something else.
        const bool matches = std::any_of(kBeginnings.begin(), kBeginnings.end(), [&](std::string_view word) {
            const char next = lower.size() > word.size() ? lower[word.size()] : '.';
            return lower.starts_with(word) && (next < 'a' || next > 'z');
        });
        if (matches && entry.is_regular_file(ignored)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string licence_of(const fs::path& folder) {
    const std::string stated = front_matter(folder / "README.md", "license");
    if (!stated.empty()) return stated;
    const std::vector<std::string> files = licence_files(folder);
    return files.empty() ? std::string() : join("see its ", files.front());
}

}  // namespace molt
