// The demo's dialogue language: people tell facts about people and ask for them later, so that answering needs memory.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/spec/chat.h"

namespace molt {

/// `count` dialogues of 4 to 9 rounds (user, assistant), the same for the same seed on every machine. Facts told early
/// are asked for up to nine rounds later; some are changed in between, some were never told ("I do not know.").
std::vector<std::vector<ChatMessage>> demo_dialogues(std::uint64_t seed, std::int64_t count);

/// One dialogue as {"messages": [{"role", "content"}, ...]}, the JSONL form of the other chat data.
std::string demo_dialogue_json(const std::vector<ChatMessage>& messages);

/// Data paths of this form are generated, not read: "demo:SEED:COUNT" ("demo:1:20000").
bool is_demo_path(const std::string& path);
/// Throws Error(BadConfig) if the path is not of that form or asks for more than 10 million dialogues.
std::vector<std::vector<ChatMessage>> demo_dialogues_from_path(const std::string& path);

}  // namespace molt
