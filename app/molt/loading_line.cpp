// One line that is redrawn and wiped.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/loading_line.h"

#include <unistd.h>

#include "core/base/platform.h"
#include "core/base/text.h"

namespace molt::app {

namespace {

constexpr double kSeconds = 0.2;

}  // namespace

std::string loading_text(std::int64_t done_bytes, std::int64_t total_bytes) {
    return join("loading ", format_bytes(done_bytes), " of ", format_bytes(total_bytes));
}

LoadingLine::LoadingLine(std::FILE* out, bool quiet)
    : out_(out), enabled_(!quiet && ::isatty(::fileno(out)) == 1), shown_at_(steady_clock()) {}

LoadingLine::~LoadingLine() {
    if (drawn_) std::fputs("\r\x1b[K", out_);
}

void LoadingLine::show(std::int64_t done_bytes, std::int64_t total_bytes) {
    if (!enabled_ || steady_clock() - shown_at_ < kSeconds) return;
    shown_at_ = steady_clock();
    std::fprintf(out_, "\r\x1b[K%s", loading_text(done_bytes, total_bytes).c_str());
    std::fflush(out_);
    drawn_ = true;
}

}  // namespace molt::app
