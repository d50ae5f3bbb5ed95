// ProgressLine: what an attached run shows: one redrawn line on a terminal, else a line every ten seconds.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdio>
#include <string>

#include "core/spec/run_event.h"

namespace molt::app {

class ProgressLine : public RunEventSink {
public:
    /// Writes to `out` (stderr). `quiet` shows nothing.
    ProgressLine(std::FILE* out, bool quiet);
    ~ProgressLine() override;
    void emit(RunEvent event) noexcept override;

private:
    void show(bool always);
    std::FILE* out_;
    bool quiet_, terminal_, drawn_ = false;
    Progress progress_;
    double loss_ = 0, kl_ = -1, shown_at_ = 0;
};

}  // namespace molt::app
