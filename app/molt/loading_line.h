// LoadingLine: "loading 3.2 of 16.1 GB" while a large model is read, on a terminal only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace molt::app {

class LoadingLine {
public:
    /// Writes to `out` (stderr) if that is a terminal and `quiet` is false.
    LoadingLine(std::FILE* out, bool quiet);
    /// Wipes the line.
    ~LoadingLine();
    LoadingLine(const LoadingLine&) = delete;
    LoadingLine& operator=(const LoadingLine&) = delete;

    /// Redraws at most five times a second; models that are there at once are never mentioned.
    void show(std::int64_t done_bytes, std::int64_t total_bytes);

private:
    std::FILE* out_;
    bool enabled_, drawn_ = false;
    double shown_at_;
};

/// The text of the line.
std::string loading_text(std::int64_t done_bytes, std::int64_t total_bytes);

}  // namespace molt::app
