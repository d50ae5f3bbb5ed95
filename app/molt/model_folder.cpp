// Tokenizer files travel as their own bytes, so that the copy loads exactly as the original.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/model_folder.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/model/checkpoint.h"
#include "core/text/tokenizer.h"

namespace molt::app {

void copy_tokenizer(const std::string& model, const std::string& explicit_path, const std::filesystem::path& folder) {
    std::filesystem::path source;
    try {
        source = find_tokenizer(model, explicit_path);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::NotFound || !explicit_path.empty()) throw;
        return;
    }
    for (const auto& [name, bytes] : Tokenizer::load(source)->files()) write_file(folder / name, bytes);
    const std::filesystem::path config =
        (std::filesystem::is_directory(source) ? source : source.parent_path()) / "tokenizer_config.json";
    if (std::filesystem::is_regular_file(config) && !std::filesystem::exists(folder / "tokenizer_config.json")) {
        write_file(folder / "tokenizer_config.json", read_file(config));
    }
}

}  // namespace molt::app
