// spdlog's stderr sink behind four functions, and the observer.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "core/base/descriptors.h"

namespace molt::log {

namespace {

/// stderr, but a line is dropped rather than waited for: a pipe that nobody reads must not stop a run.
class PatientSink : public spdlog::sinks::base_sink<std::mutex> {
protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        std::size_t done = 0;
        while (done < line.size() && can_write(STDERR_FILENO)) {
            const ssize_t written =
                ::write(STDERR_FILENO, line.data() + done, std::min(line.size() - done, kAtomicWrite));
            if (written <= 0) return;
            done += static_cast<std::size_t>(written);
        }
    }
    void flush_() override {}
};

struct State {
    std::shared_ptr<spdlog::logger> logger = [] {
        auto made = std::make_shared<spdlog::logger>("molt", std::make_shared<PatientSink>());
        made->set_pattern("%H:%M:%S %l %v");
        made->set_level(spdlog::level::trace);
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    std::atomic<Level> level{Level::Info};
    std::mutex mutex;
    std::function<void(Level, std::string_view, std::string_view)> observer;
};

State& state() {
    static State instance;
    return instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::Debug:
            return spdlog::level::debug;
        case Level::Info:
            return spdlog::level::info;
        case Level::Warn:
            return spdlog::level::warn;
        case Level::Error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

}  // namespace

void set_level(Level level) { state().level = level; }

void set_observer(std::function<void(Level, std::string_view, std::string_view)> observer) {
    const std::lock_guard lock(state().mutex);
    state().observer = std::move(observer);
}

void write(Level level, std::string_view topic, std::string_view text) {
    if (level < state().level.load()) return;
    state().logger->log(to_spdlog(level), "{}: {}", topic, text);
    const std::lock_guard lock(state().mutex);
    if (state().observer) state().observer(level, topic, text);
}

}  // namespace molt::log
