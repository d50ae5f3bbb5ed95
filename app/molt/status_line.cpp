// One line that is redrawn and wiped.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/status_line.h"

#include <unistd.h>

#include <utility>

#include "core/base/platform.h"
#include "core/base/text.h"

namespace molt::app {

namespace {

constexpr double kSeconds = 0.2;

}  // namespace

StatusLine::StatusLine(std::FILE* out, std::string verb, bool quiet)
    : out_(out),
      verb_(std::move(verb)),
      enabled_(!quiet && ::isatty(::fileno(out)) == 1),
      began_at_(steady_clock()),
      shown_at_(began_at_) {}

StatusLine::~StatusLine() {
    if (drawn_) std::fputs("\r\x1b[K", out_);
}

bool StatusLine::due() {
    const double now = steady_clock();
    if (!enabled_ || now - shown_at_ < kSeconds) return false;
    shown_at_ = now;
    return true;
}

void StatusLine::draw(const std::string& text) {
    std::fprintf(out_, "\r\x1b[K%s %s", verb_.c_str(), text.c_str());
    std::fflush(out_);
    drawn_ = true;
}

void StatusLine::show_bytes(std::int64_t done, std::int64_t total) {
    if (due()) draw(join(format_bytes(done), " of ", format_bytes(total)));
}

void StatusLine::show_share(double share) {
    if (!due()) return;
    const std::string percent = join(static_cast<int>(100.0 * share), " %");
    draw(share > 0.0 ? join(percent, ", ", format_duration((shown_at_ - began_at_) * (1.0 - share) / share), " left")
                     : percent);
}

}  // namespace molt::app
