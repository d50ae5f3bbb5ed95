// Hugging Face's tokenizer.json with a BPE model: byte-level (GPT-2, GPT-NeoX, Llama 3, Qwen) and byte-fallback (Llama
// 2). SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/tokenizer.h"

namespace molt {

/// Files of a model folder beside tokenizer.json that say which tokens begin and end a text; they travel with it.
using CompanionFiles = std::vector<std::pair<std::string, std::string>>;

/// Truncation and padding are ignored. Throws Error(BadFile) naming `origin` and the component that is not supported.
std::shared_ptr<const Tokenizer> parse_json_tokenizer(std::string bytes, std::string_view origin,
                                                      CompanionFiles companions = {});

}  // namespace molt
