// Logging: levels, and the observer that makes events of lines.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/log.h"

#include <QtTest>
#include <thread>
#include <vector>

using namespace molt;

class TstLog : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void the_observer_sees_what_passes_the_level() {
        std::vector<std::string> seen;
        log::set_observer([&](log::Level, std::string_view topic, std::string_view text) {
            seen.push_back(std::string(topic) + "|" + std::string(text));
        });
        log::debug("t", "dropped");
        log::info("t", "kept {} %s");
        log::set_level(log::Level::Error);
        log::warn("t", "dropped");
        log::error("t", "kept too");
        log::set_level(log::Level::Debug);
        log::debug("t", "now kept");
        log::set_level(log::Level::Info);
        log::set_observer({});
        log::error("t", "nobody looks");
        QVERIFY(seen == (std::vector<std::string>{"t|kept {} %s", "t|kept too", "t|now kept"}));
    }

    void threads_do_not_mix() {
        int lines = 0;
        log::set_observer([&](log::Level, std::string_view, std::string_view) { ++lines; });
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < 4; ++t)
                threads.emplace_back([] {
                    for (int i = 0; i < 25; ++i) log::info("thread", "line");
                });
        }
        log::set_observer({});
        QCOMPARE(lines, 100);
    }
};

QTEST_GUILESS_MAIN(TstLog)
#include "tst_log.moc"
