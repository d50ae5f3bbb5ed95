// BytesLine: "loading 3.2 GiB of 16.1 GiB" while a large model is read or written, on a terminal only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace molt::app {

class BytesLine {
public:
    /// Writes `verb` ("loading", "writing") and bytes to `out` (stderr) if that is a terminal and `quiet` is false.
    BytesLine(std::FILE* out, std::string verb, bool quiet);
    /// Wipes the line.
    ~BytesLine();
    BytesLine(const BytesLine&) = delete;
    BytesLine& operator=(const BytesLine&) = delete;

    /// Redraws at most five times a second; models that are there at once are never mentioned.
    void show(std::int64_t done_bytes, std::int64_t total_bytes);

private:
    std::FILE* out_;
    std::string verb_;
    bool enabled_, drawn_ = false;
    double shown_at_;
};

}  // namespace molt::app
