// Version of this program and of what it is built on.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace molt::app {

/// "molt 0.1.0 (git abc123)\nLibTorch 2.11.0\nCUDA kernels: ...\nDevice: cpu".
std::string version_text();
/// "0.1.0 (git abc123)": stored with every run.
std::string code_version();

}  // namespace molt::app
