// One line of the event list: what happened in a run, in the current language.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/spec/run_event.h"

namespace molt::ui {

/// "12:04:31  Checkpoint at step 100"; empty for events that curves and progress show.
QString eventText(const RunEvent& event);
/// Of the colours of states: "failed", "completed", "queued" (a warning), or empty.
QString eventColor(const RunEvent& event);

}  // namespace molt::ui
