// Records: the documents of a text, JSONL or JSON file, before tokenisation; every complaint names the line or record.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/spec/chat.h"
#include "core/spec/stage_config.h"

namespace molt {

/// One document: plain text, or a conversation (then `text` is empty).
struct Record {
    std::string text;
    std::vector<ChatMessage> messages;
    std::int64_t line = 0;  ///< line of a JSONL file, number in a JSON array or text file, from 1; for error messages
};

/// Reads a source.
///   text         one document, or the blocks between `<|endoftext|>` marks where the file has any
///   jsonl        one object a line (or one JSON array of objects) with "text", "messages" (role, content),
///                "conversations" (ShareGPT: from, value) or "instruction", "input", "output" (Alpaca)
/// A path "demo:SEED:COUNT" stands for generated dialogues (core/data/demo_language.h).
/// Empty documents are left out. Bytes that are not UTF-8 become U+FFFD, with one warning a file.
/// Throws Error(NotFound); Error(BadFile) with the line.
std::vector<Record> read_records(const DataSource& source);

}  // namespace molt
