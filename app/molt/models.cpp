// Loading with the checks that span several files.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/models.h"

#include <ATen/Parallel.h>

#include <charconv>

#include "app/molt/status_line.h"
#include "core/base/error.h"
#include "core/base/text.h"

namespace molt::app {

namespace {

void check_vocabulary(const LoadedModel& loaded) {
    const std::int64_t model = loaded.model->config().vocab_size, tokens = loaded.tokenizer->vocab_size();
    // Embeddings may be padded beyond the tokenizer; a token without an embedding cannot be.
    if (tokens > model) {
        fail(ErrorCode::Mismatch,
             join("The tokenizer has ", tokens, " tokens, the model ", loaded.path, " only ", model, "."),
             "Give the model's own tokenizer with --tokenizer.");
    }
}

}  // namespace

void prepare_torch(const CommonOptions& options) {
    if (options.device.starts_with("cuda")) {
        fail(ErrorCode::Device,
             join("The device ", options.device, " is not usable: this version computes on the CPU."),
             "Use --device cpu or auto.");
    }
    if (options.device != "auto" && options.device != "cpu") {
        fail(ErrorCode::Usage, join("There is no device \"", options.device, "\"."), "Use auto or cpu.");
    }
    if (options.threads > 0) at::set_num_threads(static_cast<int>(options.threads));
}

Checkpoint load_streaming(const std::string& path, const CommonOptions& options) {
    StatusLine line(stderr, "loading", options.quiet);
    LoadOptions how{options.dtype == "auto" ? "stored" : options.dtype, true,
                    [&](std::int64_t done, std::int64_t total) { line.show_bytes(done, total); }};
    return Checkpoint::load(path, how);
}

LoadedModel load_model(const std::string& path, const CommonOptions& options, bool with_tokenizer) {
    prepare_torch(options);
    LoadedModel loaded;
    loaded.path = path;
    if (with_tokenizer) loaded.tokenizer = Tokenizer::load(find_tokenizer(path, options.tokenizer));
    StatusLine line(stderr, "loading", options.quiet);
    LoadOptions how{options.dtype, false, [&](std::int64_t done, std::int64_t total) { line.show_bytes(done, total); }};
    Checkpoint checkpoint = Checkpoint::load(path, how);
    loaded.layout = checkpoint.layout;
    loaded.kind = checkpoint.kind;
    loaded.end_tokens = checkpoint.config.eos_tokens;
    // llama2.c's own program stops at the begin mark, which its models write between stories.
    if (loaded.layout == "llama2.c") loaded.end_tokens.push_back(checkpoint.config.bos_token);
    loaded.model = std::make_shared<HybridModel>(std::move(checkpoint.config), std::move(checkpoint.params));
    if (loaded.tokenizer) {
        check_vocabulary(loaded);
        if (const auto end = loaded.tokenizer->end_token()) loaded.end_tokens.push_back(*end);
    }
    return loaded;
}

ChatTemplate chat_template_of(const std::string& model_path, const CommonOptions& options) {
    if (!options.chat_template.empty()) return ChatTemplate::named(options.chat_template);
    const std::filesystem::path path(model_path);
    return ChatTemplate::recognise(std::filesystem::is_directory(path) ? path : path.parent_path());
}

std::vector<ChatMessage> chat_messages(const json& document, const std::string& origin) {
    const json& list = document.is_object() && document.contains("messages") ? document.at("messages") : document;
    if (!list.is_array() || list.empty()) fail(ErrorCode::BadFile, join(origin, ": expected a list of messages."));
    std::vector<ChatMessage> messages;
    for (const json& item : list)
        messages.push_back({get<std::string>(item, "role", origin), get<std::string>(item, "content", origin)});
    return messages;
}

std::vector<ChatMessage> read_chat_file(const std::string& path) { return chat_messages(read_json_file(path), path); }

std::vector<TokenId> parse_ids(const std::string& text) {
    std::vector<TokenId> ids;
    for (const std::string& part : split(text, ',')) {
        const std::string digits(trim(part));
        TokenId id = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
        if (error != std::errc() || end != digits.data() + digits.size()) {
            fail(ErrorCode::Usage, join("\"", part, "\" is not a token id."), "Write ids as in 1,306,525.");
        }
        ids.push_back(id);
    }
    return ids;
}

}  // namespace molt::app
