// AppContext: what the program hands to its pages; built once in main, borrowed by all.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <filesystem>

namespace molt::ui {

class RunFeed;
class RunLauncher;

struct AppContext {
    std::filesystem::path database;
    RunFeed* feed = nullptr;
    RunLauncher* launcher = nullptr;
    QString moltProgram;  ///< path of `molt`; empty if it was not found
};

}  // namespace molt::ui
