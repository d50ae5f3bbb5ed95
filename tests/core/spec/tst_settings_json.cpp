// Settings structs <-> JSON: round trips, keys that do not exist, short forms, variants.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/settings_json.h"

#include <QtTest>
#include <random>

#include "core/spec/chat.h"
#include "core/spec/recipe.h"
#include "core/spec/run_config.h"
#include "tests/support/expect_error.h"

using namespace molt;

namespace {

/// Gives every setting a random value inside its range.
class Randomiser {
public:
    explicit Randomiser(unsigned seed) : random_(seed) {}

    template <Settings S>
    void fill(S& settings) {
        S::visit(settings, [&](const Field& field, auto& value) { draw(field, value); });
    }

private:
    double uniform() { return static_cast<double>(random_()) / 4294967296.0; }
    double in_range(const Field& field) {
        const double low = std::isfinite(field.min) ? field.min : -1e6,
                     high = std::isfinite(field.max) ? field.max : 1e6;
        return low + uniform() * (high - low);
    }
    std::string text() {
        static const char* pieces[] = {"a", "Z", "\"", "\\", "/", "\n", "\xC3\xA9", "\xF0\x9F\x90\x8D", " ", "*", ","};
        std::string out;
        for (unsigned i = random_() % 8; i > 0; --i) out += pieces[random_() % std::size(pieces)];
        return out;
    }
    void draw(const Field&, bool& value) { value = random_() % 2 == 0; }
    void draw(const Field& field, std::int64_t& value) { value = static_cast<std::int64_t>(in_range(field)); }
    void draw(const Field& field, double& value) { value = in_range(field); }
    void draw(const Field& field, std::string& value) {
        value = field.choices.empty() ? text() : std::string(field.choices[random_() % field.choices.size()]);
    }
    void draw(const Field&, std::vector<std::string>& value) {
        value.resize(random_() % 4);
        for (std::string& item : value) item = text();
    }
    void draw(const Field&, HeldOut& value) {
        value =
            random_() % 2 == 0 ? HeldOut{.path = {}, .share = uniform()} : HeldOut{.path = text() + "x", .share = 0};
    }
    void draw(const Field&, AttentionChoice& value) {
        if (random_() % 2 == 0) {
            value = {.share = uniform(), .layers = {}};
        } else {
            value = {.share = {}, .layers = {3, 1, static_cast<std::int64_t>(random_() % 100) + 4}};
        }
    }
    template <Settings S>
    void draw(const Field&, S& value) {
        fill(value);
    }
    template <Settings S>
    void draw(const Field&, std::vector<S>& value) {
        value.resize(random_() % 4);
        for (S& item : value) fill(item);
    }

    std::mt19937 random_;
};

StageConfig stage_from(const char* text) {
    StageConfig stage;
    settings_from_json(parse_json(text, "test"), "stages.0", stage);
    return stage;
}

std::string refusal(const char* text) {
    return expect_error(ErrorCode::BadConfig, [&] { stage_from(text); }).what();
}

}  // namespace

class TstSettingsJson : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void every_recipe_survives_the_way_through_text() {
        for (unsigned seed = 1; seed <= 300; ++seed) {
            RunConfig config;
            Randomiser(seed).fill(config);
            const json written = recipe_to_json(config);
            const json parsed = parse_json(written.dump(2), "test");
            const json again = recipe_to_json(recipe_from_json(parsed, "test"));
            QVERIFY2(again.dump() == written.dump(), qPrintable(QString("seed %1").arg(seed)));
            check_settings(config);
        }
    }

    void sampling_settings_round_trip() {
        SamplingParams params;
        Randomiser(5).fill(params);
        SamplingParams read;
        settings_from_json(settings_to_json(params), {}, read);
        QVERIFY(settings_to_json(read) == settings_to_json(params));
    }

    void keys_that_are_absent_keep_their_values() {
        StageConfig stage;
        stage.batch_size = 77;
        settings_from_json(parse_json(R"({"steps": 3})", "test"), {}, stage);
        QCOMPARE(stage.steps, 3);
        QCOMPARE(stage.batch_size, 77);
    }

    void an_unknown_key_is_answered_with_the_nearest() {
        const std::string message = refusal(R"({"learning_rte": 1})");
        QVERIFY(message.find("stages.0.learning_rte") != std::string::npos);
        QVERIFY(message.find("\"learning_rate\"") != std::string::npos);
    }

    void a_key_like_no_other_is_answered_with_all_of_them() {
        const Error error = expect_error(ErrorCode::BadConfig, [] { stage_from(R"({"qqqqqqqqqqqqqqqq": 1})"); });
        QVERIFY(error.hint().find("batch_size") != std::string::npos);
    }

    void keys_of_another_kind_are_refused_as_such() {
        QVERIFY(refusal(R"({"kind": "pretrain", "kl_weight": 1})").find("does not belong") != std::string::npos);
        // Where the key stands in the text does not matter.
        refusal(R"({"kl_weight": 1, "kind": "pretrain"})");
        QCOMPARE(stage_from(R"({"kl_weight": 2, "kind": "distill"})").distill.kl_weight, 2.0);
    }

    void only_the_keys_of_the_kind_are_written() {
        StageConfig stage;
        stage.kind = "pretrain";
        QVERIFY(!settings_to_json(stage).contains("kl_weight"));
        stage.kind = "distill";
        QVERIFY(settings_to_json(stage).contains("kl_weight"));
    }

    void a_bare_path_stands_for_the_data() {
        QCOMPARE(stage_from(R"({"data": "x.txt"})").data.path, std::string("x.txt"));
        const StageConfig stage = stage_from(R"({"data": {"path": "x.txt", "limit": 5}})");
        QCOMPARE(stage.data.limit, 5);
        QVERIFY(settings_to_json(stage)["data"].is_object());
        QVERIFY(settings_to_json(stage_from(R"({"data": {"path": "x.txt"}})"))["data"] == "x.txt");
    }

    void wrong_types_name_key_expected_and_found() {
        const std::string message = refusal(R"({"steps": "many"})");
        QVERIFY(message.find("stages.0.steps") != std::string::npos);
        QVERIFY(message.find("whole number") != std::string::npos);
        QVERIFY(message.find("many") != std::string::npos);
        refusal(R"({"data": 5})");
        refusal(R"({"data": {"path": "x", "format": "xml"}})");
        refusal(R"({"trained": "*"})");
        refusal(R"([1])");
        expect_error(ErrorCode::BadConfig, [] { recipe_from_json(parse_json(R"({"stages": {}})", "test"), "test"); });
        expect_error(ErrorCode::BadConfig, [] { recipe_from_json(parse_json(R"({"stages": [1]})", "test"), "test"); });
    }

    void a_struct_filled_by_hand_is_checked_too() {
        RunConfig config;
        config.stages.resize(2);
        check_settings(config);
        config.stages[1].batch_size = 0;
        const Error error = expect_error(ErrorCode::BadConfig, [&] { check_settings(config); });
        QVERIFY(std::string(error.what()).find("stages.1.batch_size") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TstSettingsJson)
#include "tst_settings_json.moc"
