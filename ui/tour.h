// tour(): visits every page of a window and writes a picture of each; for tests and for the README.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace molt::ui {

class MainWindow;

/// Writes DIR/01-configure.png ... and returns the number of pictures. Waits until dry runs, curves and replies are
/// there (at most 20 s a page). Throws Error(WriteFailed) if a picture cannot be written.
int tour(MainWindow& window, const QString& folder);

}  // namespace molt::ui
