// Logging of the command line and the worker: one line to stderr, and to an observer that makes events of it.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace molt::log {

enum class Level { Debug, Info, Warn, Error };

/// Lines below this level are dropped. Default: Info.
void set_level(Level level);
/// Called with every line that passes the level, on the logging thread; empty removes it. Not re-entrant.
void set_observer(std::function<void(Level, std::string_view topic, std::string_view text)> observer);

void write(Level level, std::string_view topic, std::string_view text);
inline void debug(std::string_view topic, std::string_view text) { write(Level::Debug, topic, text); }
inline void info(std::string_view topic, std::string_view text) { write(Level::Info, topic, text); }
inline void warn(std::string_view topic, std::string_view text) { write(Level::Warn, topic, text); }
inline void error(std::string_view topic, std::string_view text) { write(Level::Error, topic, text); }

}  // namespace molt::log
