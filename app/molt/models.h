// Models as commands use them: weights, tokenizer, chat template and end tokens, loaded and checked together.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/molt/options.h"
#include "core/model/checkpoint.h"
#include "core/model/hybrid_model.h"
#include "core/spec/chat.h"
#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

namespace molt::app {

struct LoadedModel {
    std::string path, layout, kind;
    std::shared_ptr<const HybridModel> model;
    std::shared_ptr<const Tokenizer> tokenizer;  ///< null if the command did not ask for one
    std::vector<TokenId> end_tokens;             ///< the model's, and for llama2.c files the begin mark too
};

/// Refuses devices that are not there, sets the threads of LibTorch. Throws Error(Device), Error(Usage).
void prepare_torch(const CommonOptions& options);
/// The weights alone, as they are stored unless --dtype says otherwise, for a command that looks at each once.
Checkpoint load_streaming(const std::string& path, const CommonOptions& options);
/// Throws Error(NotFound), Error(BadFile), Error(Mismatch) if the vocabularies of model and tokenizer differ.
LoadedModel load_model(const std::string& path, const CommonOptions& options, bool with_tokenizer);
/// By --template, else recognised from the model's folder.
ChatTemplate chat_template_of(const std::string& model_path, const CommonOptions& options);
/// [{"role","content"}, ...] or {"messages": [...]} from a file. Throws Error(NotFound), Error(BadFile).
std::vector<ChatMessage> read_chat_file(const std::string& path);
std::vector<ChatMessage> chat_messages(const json& document, const std::string& origin);
/// "1,2,3". Throws Error(Usage).
std::vector<TokenId> parse_ids(const std::string& text);

}  // namespace molt::app
