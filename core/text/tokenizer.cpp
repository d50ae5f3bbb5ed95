// Which tokenizer a path holds, and decoding token by token.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"
#include "core/text/json_tokenizer.h"
#include "core/text/llama2c_tokenizer.h"
#include "core/text/sentencepiece_model.h"
#include "core/text/sentencepiece_tokenizer.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLargestFile = std::size_t{256} << 20;
constexpr std::size_t kLargestCompanion = std::size_t{16} << 20;

/// Small files beside a tokenizer.json that belong to it.
CompanionFiles companions_of(const fs::path& file) {
    CompanionFiles found;
    for (const char* name : {"tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"}) {
        const fs::path path = file.parent_path() / name;
        if (fs::is_regular_file(path)) found.emplace_back(name, read_file(path, kLargestCompanion));
    }
    return found;
}

std::shared_ptr<const Tokenizer> load_file(const fs::path& file) {
    std::string bytes = read_file(file, kLargestFile);
    const std::string origin = file.string();
    if (trim(std::string_view(bytes).substr(0, 64)).starts_with('{')) {
        return parse_json_tokenizer(std::move(bytes), origin, companions_of(file));
    }
    if (looks_like_sentencepiece_model(bytes)) return parse_sentencepiece_tokenizer(std::move(bytes), origin);
    if (file.extension() == ".bin" || looks_like_llama2c_tokenizer(bytes)) {
        return parse_llama2c_tokenizer(std::move(bytes), origin);
    }
    fail(ErrorCode::BadFile, join(origin, " is no tokenizer of a known kind."),
         "Known kinds: tokenizer.json, SentencePiece (tokenizer.model), llama2.c (tok*.bin).");
}

/// The tokenizer file of a folder: the well-known names first, then llama2.c's tok*.bin, then a single .model.
fs::path file_in(const fs::path& folder) {
    for (const char* name : {"tokenizer.json", "tokenizer.model", "tokenizer.bin"}) {
        if (fs::is_regular_file(folder / name)) return folder / name;
    }
    for (const char* pattern : {"tok*.bin", "*.model"}) {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (glob_match(pattern, entry.path().filename().string())) found.push_back(entry.path());
        }
        if (found.empty()) continue;
        std::sort(found.begin(), found.end());
        if (found.size() == 1) return found.front();
        fail(ErrorCode::NotFound, join(folder.string(), " has ", found.size(), " files ", pattern, "."),
             join("Choose one: --tokenizer ", found.front().string(), "."));
    }
    fail(ErrorCode::NotFound, join("There is no tokenizer in ", folder.string(), "."),
         "Looked for tokenizer.json, tokenizer.model, tokenizer.bin, tok*.bin; give one with --tokenizer FILE.");
}

}  // namespace

std::shared_ptr<const Tokenizer> Tokenizer::load(const fs::path& path) {
    return load_file(fs::is_directory(path) ? file_in(path) : path);
}

StreamingDecoder::StreamingDecoder(std::shared_ptr<const Tokenizer> tokenizer, TokenId previous)
    : tokenizer_(std::move(tokenizer)), previous_(previous) {}

std::string StreamingDecoder::push(TokenId id) {
    pending_ += tokenizer_->decode_next(previous_, id, false);
    previous_ = id;
    const std::size_t whole = complete_utf8_prefix(pending_);
    std::string text = to_valid_utf8(std::string_view(pending_).substr(0, whole));
    pending_.erase(0, whole);
    return text;
}

std::string StreamingDecoder::finish() {
    std::string text = to_valid_utf8(pending_);
    pending_.clear();
    return text;
}

}  // namespace molt
