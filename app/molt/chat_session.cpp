// Renders, decodes, and keeps the decoder for the next turn.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/chat_session.h"

namespace molt::app {

ChatSession::ChatSession(const std::string& model, const CommonOptions& options)
    : loaded_(load_model(model, options, true)),
      template_(chat_template_of(model, options)),
      decoder_(make_plain_decoder(loaded_.model)),
      end_tokens_(loaded_.end_tokens) {
    for (const std::string& text : template_.stop_texts()) {
        if (const auto id = loaded_.tokenizer->find(text))
            end_tokens_.push_back(*id);
        else
            stop_texts_.push_back(text);
    }
}

GenerationResult ChatSession::reply(std::span<const ChatMessage> messages, const SamplingParams& sampling,
                                    const GenerationHooks& hooks) {
    SamplingParams params = sampling;
    params.stop.insert(params.stop.end(), stop_texts_.begin(), stop_texts_.end());
    const RenderedChat prompt = template_.render(*loaded_.tokenizer, messages, true);
    return generate(*decoder_, loaded_.tokenizer, prompt.ids, params, end_tokens_, hooks);
}

json reply_json(const GenerationResult& result) {
    return {{"ids", result.ids},
            {"text", result.text},
            {"finish_reason", result.finish_reason},
            {"prompt_tokens", result.prompt_tokens},
            {"reused_tokens", result.reused_tokens},
            {"prefill_ms", result.prefill_ms},
            {"decode_ms", result.decode_ms},
            {"tokens_per_second", result.tokens_per_second},
            {"time_to_first_token_ms", result.time_to_first_token_ms},
            {"speculation", nullptr}};
}

}  // namespace molt::app
