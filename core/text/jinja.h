// A small interpreter for the Jinja of chat templates, to see what a model's template renders. Not a Jinja for users.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/base/json.h"

namespace molt {

/// Renders `source` as Hugging Face's apply_chat_template does (trim_blocks, lstrip_blocks, raise_exception,
/// strftime_now). `variables` is an object: messages, add_generation_prompt, bos_token, ...; `date` is what
/// strftime_now gives, whatever its format. Work, depth and size of the output are bounded, so that any source ends
/// within a second. Throws Error(Mismatch) where the template calls raise_exception; Error(BadFile) for what the
/// interpreter does not know or a template that is wrong.
std::string render_jinja(std::string_view source, const json& variables, const std::string& date);

}  // namespace molt
