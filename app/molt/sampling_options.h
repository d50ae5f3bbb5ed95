// Command-line options out of the Fields of SamplingParams.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>

#include "core/spec/chat.h"

namespace molt::app {

/// --max-tokens, --temperature, --top-k, ...: one option a Field, with its range, unit, default and help.
void add_sampling_options(CLI::App& command, SamplingParams& sampling);

}  // namespace molt::app
