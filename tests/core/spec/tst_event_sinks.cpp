// Sinks without a database: one valid JSON document a line, and the same event for everybody.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/event_sinks.h"

#include <QtTest>
#include <sstream>

#include "core/base/text.h"

using namespace molt;

namespace {

class Keeping : public RunEventSink {
public:
    void emit(RunEvent event) noexcept override { events.push_back(std::move(event)); }
    std::vector<RunEvent> events;
};

}  // namespace

class TstEventSinks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void every_event_is_one_line_with_a_counted_seq() {
        std::ostringstream out;
        JsonLinesSink sink(out);
        sink.emit({0, 0, StepMetrics{1, {{"loss", 2.0}}}});
        sink.emit({0, 12.5, LogLine{"info", "t", "two\nlines"}});
        const std::vector<std::string> lines = split(out.str(), '\n');
        QCOMPARE(lines.size(), std::size_t{3});
        const json first = parse_json(lines[0], "line 1"), second = parse_json(lines[1], "line 2");
        QVERIFY(first["seq"] == 1 && first["kind"] == "metrics" && first["values"]["loss"] == 2.0);
        QVERIFY(first["time"] > 1e9);
        QVERIFY(second["seq"] == 2 && second["time"] == 12.5 && second["text"] == "two\nlines");
    }

    void broken_text_and_broken_streams_do_not_throw() {
        std::ostringstream out;
        JsonLinesSink sink(out);
        sink.emit({0, 1, LogLine{"info", "t", "caf\xE9"}});
        QVERIFY(parse_json(split(out.str(), '\n')[0], "line")["text"] == "caf\xEF\xBF\xBD");
        out.exceptions(std::ios::badbit);
        out.setstate(std::ios::goodbit);
        std::ostringstream broken;
        broken.setstate(std::ios::badbit);
        JsonLinesSink(broken).emit({0, 1, StateChanged{"running", 1}});
    }

    void a_tee_gives_all_sinks_the_same_time() {
        Keeping one, two;
        TeeSink tee({&one, &two});
        tee.emit({0, 0, StateChanged{"running", 1}});
        QCOMPARE(one.events.size(), std::size_t{1});
        QVERIFY(one.events[0].time > 0);
        QCOMPARE(two.events[0].time, one.events[0].time);
    }
};

QTEST_GUILESS_MAIN(TstEventSinks)
#include "tst_event_sinks.moc"
