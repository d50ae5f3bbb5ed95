// What besides weights belongs into a model folder: the tokenizer's files and the chat template.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace molt::app {

/// Copies the tokenizer of `model` (or `explicit_path`) and the files that describe it (tokenizer_config.json, the chat
/// template, ...) into `folder`; a model without a tokenizer gets none. Throws Error(BadFile), Error(WriteFailed).
void copy_tokenizer(const std::string& model, const std::string& explicit_path, const std::filesystem::path& folder);

}  // namespace molt::app
