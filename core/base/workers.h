// Workers: a few threads that share the parts of one job and sleep between jobs.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace molt {

/// Unlike OpenMP's, these threads never spin, so that a machine with other work to do stays usable.
class Workers {
public:
    /// `count` at least 1, the calling thread included.
    explicit Workers(std::int64_t count);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    std::int64_t count() const { return static_cast<std::int64_t>(threads_.size()) + 1; }
    /// Calls part(0) .. part(parts - 1) once each, part i on thread i % count() (0 is the caller), and returns when all
    /// are done. Then the exception of the lowest part that threw goes on. For one calling thread; not from within a
    /// part.
    void run(std::int64_t parts, const std::function<void(std::int64_t)>& part);

private:
    void work(const std::stop_token& stop, std::int64_t index);
    void run_share(std::int64_t index);

    std::mutex mutex_;  // guards job_, parts_, pending_
    std::condition_variable_any started_;
    std::condition_variable finished_;
    std::int64_t job_ = 0, parts_ = 0, pending_ = 0;
    const std::function<void(std::int64_t)>* part_ = nullptr;
    std::vector<std::exception_ptr> errors_;  // one a part
    std::vector<std::jthread> threads_;       // last: stops before the rest goes
};

}  // namespace molt
