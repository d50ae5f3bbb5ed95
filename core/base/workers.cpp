// Handing out parts and waiting for them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/workers.h"

#include "core/base/error.h"

namespace molt {

Workers::Workers(std::int64_t count) {
    MOLT_ASSERT(count >= 1);
    for (std::int64_t index = 1; index < count; ++index) {
        threads_.emplace_back([this, index](const std::stop_token& stop) { work(stop, index); });
    }
}

Workers::~Workers() = default;

void Workers::run_share(std::int64_t index) {
    for (std::int64_t part = index; part < parts_; part += count()) {
        try {
            (*part_)(part);
        } catch (...) {
            errors_[static_cast<std::size_t>(part)] = std::current_exception();
        }
    }
}

void Workers::work(const std::stop_token& stop, std::int64_t index) {
    std::int64_t done = 0;
    std::unique_lock lock(mutex_);
    while (started_.wait(lock, stop, [&] { return job_ != done; })) {
        done = job_;
        lock.unlock();
        run_share(index);
        lock.lock();
        if (--pending_ == 0) finished_.notify_all();
    }
}

void Workers::run(std::int64_t parts, const std::function<void(std::int64_t)>& part) {
    {
        const std::lock_guard lock(mutex_);
        part_ = &part;
        parts_ = parts;
        errors_.assign(static_cast<std::size_t>(parts), nullptr);
        pending_ = count() - 1;
        ++job_;
    }
    started_.notify_all();
    run_share(0);
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [&] { return pending_ == 0; });
    for (const std::exception_ptr& error : errors_) {
        if (error) std::rethrow_exception(error);
    }
}

}  // namespace molt
