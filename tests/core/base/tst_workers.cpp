// Tests of core/base/workers.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/workers.h"

#include <QtTest>
#include <numeric>
#include <set>
#include <stdexcept>

namespace molt {

class TstWorkers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void every_part_is_done_once() {
        for (const std::int64_t count : {1, 2, 5}) {
            Workers workers(count);
            QCOMPARE(workers.count(), count);
            for (const std::int64_t parts : {0, 1, 2, 7, 100}) {
                std::vector<int> done(static_cast<std::size_t>(parts), 0);
                workers.run(parts, [&](std::int64_t part) { ++done[static_cast<std::size_t>(part)]; });
                QCOMPARE(done, std::vector<int>(static_cast<std::size_t>(parts), 1));
            }
        }
    }

    void a_part_always_has_the_same_thread() {
        Workers workers(3);
        std::vector<std::thread::id> first(6), second(6);
        workers.run(6, [&](std::int64_t part) { first[static_cast<std::size_t>(part)] = std::this_thread::get_id(); });
        workers.run(6, [&](std::int64_t part) { second[static_cast<std::size_t>(part)] = std::this_thread::get_id(); });
        QVERIFY(first == second);
        QVERIFY(first[0] == std::this_thread::get_id() && first[3] == first[0] && first[1] == first[4]);
        QCOMPARE(std::set<std::thread::id>(first.begin(), first.end()).size(), std::size_t{3});
    }

    void the_lowest_failing_part_is_reported_after_all_are_done() {
        Workers workers(2);
        std::vector<int> done(8, 0);
        try {
            workers.run(8, [&](std::int64_t part) {
                ++done[static_cast<std::size_t>(part)];
                if (part == 3 || part == 6) throw std::runtime_error(std::to_string(part));
            });
            QFAIL("nothing was thrown");
        } catch (const std::runtime_error& error) {
            QCOMPARE(std::string(error.what()), std::string("3"));
        }
        QCOMPARE(std::accumulate(done.begin(), done.end(), 0), 8);
        workers.run(8, [&](std::int64_t part) { ++done[static_cast<std::size_t>(part)]; });
        QCOMPARE(std::accumulate(done.begin(), done.end(), 0), 16);
    }

    void many_short_jobs_come_to_an_end() {
        Workers workers(4);
        std::vector<std::int64_t> sums(4, 0);
        for (int job = 0; job < 3000; ++job) {
            workers.run(4, [&](std::int64_t part) { sums[static_cast<std::size_t>(part)] += part; });
        }
        QCOMPARE(sums, (std::vector<std::int64_t>{0, 3000, 6000, 9000}));
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstWorkers)
#include "tst_workers.moc"
