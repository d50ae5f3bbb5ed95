// One line that is redrawn and wiped.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/bytes_line.h"

#include <unistd.h>

#include <utility>

#include "core/base/platform.h"
#include "core/base/text.h"

namespace molt::app {

namespace {

constexpr double kSeconds = 0.2;

}  // namespace

BytesLine::BytesLine(std::FILE* out, std::string verb, bool quiet)
    : out_(out), verb_(std::move(verb)), enabled_(!quiet && ::isatty(::fileno(out)) == 1), shown_at_(steady_clock()) {}

BytesLine::~BytesLine() {
    if (drawn_) std::fputs("\r\x1b[K", out_);
}

void BytesLine::show(std::int64_t done_bytes, std::int64_t total_bytes) {
    if (!enabled_ || steady_clock() - shown_at_ < kSeconds) return;
    shown_at_ = steady_clock();
    std::fprintf(out_, "\r\x1b[K%s %s of %s", verb_.c_str(), format_bytes(done_bytes).c_str(),
                 format_bytes(total_bytes).c_str());
    std::fflush(out_);
    drawn_ = true;
}

}  // namespace molt::app
