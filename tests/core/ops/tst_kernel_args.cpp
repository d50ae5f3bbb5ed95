// run_units(): every unit once, on as many threads as the work is worth; by_type().
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/kernel_args.h"

#include <QtTest>
#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace molt;

namespace {

/// What a kernel was asked for.
struct Calls {
    std::mutex mutex;
    std::set<std::thread::id> threads;
    std::vector<int> seen;
};

void note(Calls* const& calls, std::int64_t begin, std::int64_t end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const std::lock_guard lock(calls->mutex);
    calls->threads.insert(std::this_thread::get_id());
    for (std::int64_t i = begin; i < end; ++i) ++calls->seen[static_cast<std::size_t>(i)];
}

std::size_t threads_for(std::int64_t units, std::int64_t steps) {
    Calls calls;
    calls.seen.resize(static_cast<std::size_t>(units));
    ops::run_units(note, &calls, units, steps);
    return std::ranges::all_of(calls.seen, [](int times) { return times == 1; }) ? calls.threads.size() : 0;
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void long_work_is_shared_among_threads() {
#if defined(__clang__) || defined(__SANITIZE_THREAD__)
        QSKIP("this build does without OpenMP (core/libtorch.cmake)");
#endif
        at::set_num_threads(3);
        QCOMPARE(threads_for(48, 1 << 24), std::size_t{3});
        QCOMPARE(threads_for(2, 1 << 24), std::size_t{2});
        at::set_num_threads(1);
        QCOMPARE(threads_for(48, 1 << 24), std::size_t{1});
    }

    void short_work_stays_on_one_thread() {
        at::set_num_threads(3);
        QCOMPARE(threads_for(48, 30000), std::size_t{1});
        QCOMPARE(threads_for(1, 1 << 24), std::size_t{1});
    }
};

QTEST_APPLESS_MAIN(Tst)
#include "tst_kernel_args.moc"
