// Text of the line: stage, step, loss, held-out KL, tokens/s, time left.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/progress_line.h"

#include <unistd.h>

#include <array>

#include "core/base/descriptors.h"
#include "core/base/platform.h"
#include "core/base/text.h"

namespace molt::app {

namespace {

constexpr double kTerminalSeconds = 0.2, kLogSeconds = 10.0;

std::string number(const char* format, double value) {
    std::array<char, 48> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, value);
    return buffer.data();
}

}  // namespace

ProgressLine::ProgressLine(std::FILE* out, bool quiet)
    : out_(out), quiet_(quiet), terminal_(::isatty(::fileno(out)) == 1) {}

ProgressLine::~ProgressLine() {
    if (drawn_ && terminal_ && can_write(::fileno(out_))) std::fputc('\n', out_);
}

void ProgressLine::emit(RunEvent event) noexcept {
    if (quiet_) return;
    if (const auto* metrics = std::get_if<StepMetrics>(&event.body)) {
        for (const auto& [key, value] : metrics->values) {
            if (key == "loss") loss_ = value;
            if (key == "eval/kl") kl_ = value;
        }
    } else if (const auto* progress = std::get_if<Progress>(&event.body)) {
        const bool new_phase = progress->phase != progress_.phase || progress->stage_index != progress_.stage_index;
        progress_ = *progress;
        show(new_phase || (progress_.steps > 0 && progress_.step == progress_.steps));
    }
}

void ProgressLine::show(bool always) {
    const double now = steady_clock();
    if (!always && now - shown_at_ < (terminal_ ? kTerminalSeconds : kLogSeconds)) return;
    shown_at_ = now;
    if (!can_write(::fileno(out_))) return;
    const Progress& p = progress_;
    std::string line = p.phase;
    if (p.num_stages > 0 && !p.stage.empty())
        line = join("stage ", p.stage_index + 1, "/", p.num_stages, " ", p.stage, " \u00b7 ", p.phase);
    if (p.step > 0) line += join(" \u00b7 step ", p.step, "/", p.steps, " \u00b7 loss ", number("%.4f", loss_));
    if (kl_ >= 0) line += join(" \u00b7 held-out KL ", number("%.4f", kl_));
    if (p.tokens_per_second > 0) line += join(" \u00b7 ", number("%.0f", p.tokens_per_second), " tokens/s");
    if (p.eta_seconds >= 0 && p.step < p.steps) line += join(" \u00b7 ", format_duration(p.eta_seconds), " left");
    std::fprintf(out_, terminal_ ? "\r\x1b[K%s" : "%s\n", line.c_str());
    std::fflush(out_);
    drawn_ = true;
}

}  // namespace molt::app
