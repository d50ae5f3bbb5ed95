// ChatSession: a model with its template and decoder that answers conversations; used by terminal and worker.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>

#include "app/molt/models.h"
#include "core/decode/generate.h"

namespace molt::app {

class ChatSession {
public:
    ChatSession(const std::string& model, const CommonOptions& options);
    /// Answers the conversation; the state of what was decoded before is reused. Throws Error(Mismatch): too long,
    /// unknown role.
    GenerationResult reply(std::span<const ChatMessage> messages, const SamplingParams& sampling,
                           const GenerationHooks& hooks);
    const LoadedModel& loaded() const { return loaded_; }
    const ChatTemplate& chat_template() const { return template_; }

private:
    LoadedModel loaded_;
    ChatTemplate template_;
    std::unique_ptr<Decoder> decoder_;
    std::vector<TokenId> end_tokens_;
    std::vector<std::string> stop_texts_;
};

/// The keys of cli.md section 4.
json reply_json(const GenerationResult& result);

}  // namespace molt::app
