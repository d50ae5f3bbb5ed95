// Other processes of a test: one that only lives, and one that does something and tells a number. For tests only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtGlobal>
#include <exception>
#include <functional>

namespace molt {

/// A process that lives until it is ended, for states that depend on who is alive.
class Sleeper {
public:
    Sleeper() : pid_(::fork()) {
        if (pid_ == 0) {
            ::pause();
            ::_exit(0);
        }
    }
    ~Sleeper() { end(); }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    pid_t pid() const { return pid_; }
    void end() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

private:
    pid_t pid_;
};

/// Runs `action` in another process; its result is the exit status.
inline int in_child(const std::function<int()>& action) {
    const pid_t child = ::fork();
    if (child == 0) {
        int status = 99;
        try {
            status = action();
        } catch (const std::exception& error) {
            qWarning("%s", error.what());
        }
        ::_exit(status);
    }
    int status = 99;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

}  // namespace molt
