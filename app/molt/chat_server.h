// ChatServer: `molt chat --worker`, JSON lines on stdin and stdout (cli.md section 7). Ends when stdin closes.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/molt/options.h"

namespace molt::app {

/// Serves until quit or end of input. Errors of a request are answered, never thrown. Returns 0.
int serve_chat(const CommonOptions& options);

}  // namespace molt::app
