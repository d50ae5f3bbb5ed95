// StatusLine: how far a command is, on a terminal only: "loading 3.2 GiB of 16.1 GiB", "calibrating 42 %, 3 min left".
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace molt::app {

class StatusLine {
public:
    /// Writes `verb` and how much is done to `out` (stderr) if that is a terminal and `quiet` is false.
    StatusLine(std::FILE* out, std::string verb, bool quiet);
    /// Wipes the line.
    ~StatusLine();
    StatusLine(const StatusLine&) = delete;
    StatusLine& operator=(const StatusLine&) = delete;

    /// Both redraw at most five times a second; what is done at once is never mentioned.
    void show_bytes(std::int64_t done, std::int64_t total);
    /// 0 to 1, with the time that is left.
    void show_share(double share);

private:
    bool due();
    void draw(const std::string& text);

    std::FILE* out_;
    std::string verb_;
    bool enabled_, drawn_ = false;
    double began_at_, shown_at_;
};

}  // namespace molt::app
