// Events <-> JSON: exact for every kind; what is not finite, not known or not complete.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/run_event.h"

#include <QtTest>
#include <cmath>
#include <limits>
#include <set>

#include "tests/support/expect_error.h"

using namespace molt;

namespace {

std::vector<RunEvent> one_of_each() {
    std::vector<RunEvent> events;
    events.push_back({1, 1.5, StepMetrics{3, {{"loss", 0.1 + 0.2}, {"eval/kl", 1e-300}, {"a", -0.0}}}});
    events.push_back({2, 2.5, Progress{1, 2, "distill", "training", 3, 10, 4096, 123.456, -1.0}});
    events.push_back({3, 3.5, SampleText{4, "Hello \"you\"", "line\nline \xC3\xA9"}});
    events.push_back({4, 4.5, CheckpointSaved{5, "/tmp/x", std::int64_t{1} << 40}});
    events.push_back({5, 5.5, LogLine{"warn", "store", "text"}});
    events.push_back({6, 6.5, StateChanged{"running", 2}});
    events.push_back({7, 7.5, RunFinished{9, "/tmp/model"}});
    events.push_back({8, 8.5, RunFailed{"bad_config", "message", "hint"}});
    return events;
}

}  // namespace

class TstRunEvent : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void every_kind_survives_the_way_through_text() {
        for (const RunEvent& event : one_of_each()) {
            const json written = body_to_json(event);
            const RunEvent read =
                event_from_json(event.seq, event.time, event_kind(event), parse_json(written.dump(), "test"));
            QCOMPARE(read.body.index(), event.body.index());
            QCOMPARE(read.seq, event.seq);
            QCOMPARE(read.time, event.time);
            QVERIFY(body_to_json(read).dump() == written.dump());
        }
    }

    void kinds_are_distinct() {
        std::set<std::string> kinds;
        for (const RunEvent& event : one_of_each()) kinds.insert(event_kind(event));
        QCOMPARE(kinds.size(), std::variant_size_v<decltype(RunEvent::body)>);
    }

    void values_keep_their_order_and_their_bits() {
        const RunEvent event{0, 0, StepMetrics{1, {{"z", 1.0 / 3.0}, {"a", 5e-324}}}};
        const auto read = std::get<StepMetrics>(event_from_json(0, 0, "metrics", body_to_json(event)).body);
        QCOMPARE(read.values[0].first, std::string("z"));
        QVERIFY(read.values[0].second == 1.0 / 3.0);
        QVERIFY(read.values[1].second == 5e-324);
    }

    void numbers_that_are_not_finite_become_nan() {
        const double infinity = std::numeric_limits<double>::infinity();
        const RunEvent event{0, 0, StepMetrics{1, {{"loss", infinity}, {"b", std::nan("")}}}};
        const json body = parse_json(body_to_json(event).dump(), "test");
        const auto read = std::get<StepMetrics>(event_from_json(0, 0, "metrics", body).body);
        QVERIFY(std::isnan(read.values[0].second));
        QVERIFY(std::isnan(read.values[1].second));
        const RunEvent progress{0, 0, Progress{.stage = "s", .phase = "p", .eta_seconds = infinity}};
        QVERIFY(
            std::isnan(std::get<Progress>(event_from_json(0, 0, "progress", body_to_json(progress)).body).eta_seconds));
    }

    void unknown_kinds_and_missing_keys_are_refused() {
        const Error newer =
            expect_error(ErrorCode::BadFile, [] { event_from_json(1, 0, "telepathy", json::object()); });
        QVERIFY(newer.hint().find("newer") != std::string::npos);
        for (const RunEvent& event : one_of_each()) {
            const json whole = body_to_json(event);
            for (const auto& [key, value] : whole.items()) {
                json part = whole;
                part.erase(key);
                const Error error =
                    expect_error(ErrorCode::BadFile, [&] { event_from_json(1, 0, event_kind(event), part); });
                QVERIFY2(std::string(error.what()).find(key) != std::string::npos, error.what());
            }
            expect_error(ErrorCode::BadFile, [&] { event_from_json(1, 0, event_kind(event), json::array()); });
        }
        expect_error(ErrorCode::BadFile,
                     [] { event_from_json(1, 0, "metrics", json::parse(R"({"step": 1, "values": {"a": "x"}})")); });
    }

    void series_have_units() {
        QCOMPARE(series_unit("loss"), std::string("nats"));
        QCOMPARE(series_unit("loss_kl"), std::string("nats"));
        QCOMPARE(series_unit("eval/kl"), std::string("nats"));
        QCOMPARE(series_unit("tokens_per_second"), std::string("tokens/s"));
        QCOMPARE(series_unit("eval/perplexity"), std::string());
        QCOMPARE(series_unit("learning_rate"), std::string());
        QCOMPARE(series_unit("layer/07/mse"), std::string());
    }
};

QTEST_GUILESS_MAIN(TstRunEvent)
#include "tst_run_event.moc"
