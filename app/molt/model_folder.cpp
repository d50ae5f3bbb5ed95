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
    const std::filesystem::path origin = std::filesystem::is_directory(source) ? source : source.parent_path();
    for (const char* name :
         {"tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja"}) {
        if (std::filesystem::is_regular_file(origin / name) && !std::filesystem::exists(folder / name))
            write_file(folder / name, read_file(origin / name));
    }
}

}  // namespace molt::app
