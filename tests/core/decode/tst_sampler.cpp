// The filter chain against the stored laws, the draw against its definition, greedy ties, seeds.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decode/sampler.h"

#include <QtTest>
#include <cmath>

#include "core/base/json.h"
#include "tests/support/fixtures.h"

using namespace molt;

class TstSampler : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void filters_give_the_stored_probabilities() {
        const auto path = fixture_path("speculation/speculation.json");
        if (!std::filesystem::exists(path)) QSKIP("shared/data is not here");
        const json fixture = read_json_file(path);
        int compared = 0;
        for (const json& one : fixture.at("filters")) {
            SamplingParams params;
            params.temperature = one.at("temperature");
            params.top_k = one.at("top_k");
            params.top_p = one.at("top_p");
            params.min_p = one.at("min_p");
            const Sampler sampler(params);
            for (std::size_t row = 0; row < one.at("logits").size(); ++row) {
                const auto logits = one.at("logits")[row].get<std::vector<double>>();
                const auto expected = one.at("probabilities")[row].get<std::vector<double>>();
                const auto found = sampler.probabilities(std::span<const double>(logits), {});
                for (std::size_t i = 0; i < expected.size(); ++i) {
                    QVERIFY2(std::abs(found[i] - expected[i]) <= 1e-12, one.dump().c_str());
                    ++compared;
                }
            }
        }
        QVERIFY(compared > 100);
    }

    void greedy_takes_the_smallest_id_of_a_tie() {
        SamplingParams params;
        params.temperature = 0;
        Sampler sampler(params);
        const std::vector<float> logits{1, 3, 3, 2};
        QCOMPARE(sampler.sample(logits, {}), TokenId{1});
    }

    void a_repeated_token_is_penalised_on_both_sides_of_zero() {
        SamplingParams params;
        params.temperature = 0;
        params.repetition_penalty = 2;
        Sampler sampler(params);
        QCOMPARE(sampler.sample(std::vector<float>{3, 2}, std::vector<TokenId>{0}), TokenId{1});
        QCOMPARE(sampler.sample(std::vector<float>{-2, -3}, std::vector<TokenId>{0}), TokenId{1});
        QCOMPARE(sampler.sample(std::vector<float>{3, 2}, std::vector<TokenId>{0, 1}), TokenId{0});
    }

    void the_most_likely_token_survives_every_filter() {
        SamplingParams params;
        params.temperature = 1;
        params.top_p = 0;
        params.top_k = 1;
        params.min_p = 1;
        const auto p = Sampler(params).probabilities(std::vector<float>{1, 4, 2}, {});
        QCOMPARE(p, (std::vector<double>{0, 1, 0}));
    }

    void a_draw_is_the_smallest_token_whose_sum_exceeds_u() {
        const std::vector<double> p{0, 0.25, 0, 0.75, 0};
        QCOMPARE(draw(p, 0.0), TokenId{1});
        QCOMPARE(draw(p, 0.2499), TokenId{1});
        QCOMPARE(draw(p, 0.25), TokenId{3});
        QCOMPARE(draw(p, 0.9999999), TokenId{3});
    }

    void samples_follow_the_law_and_the_seed() {
        SamplingParams params;
        params.temperature = 1;
        params.seed = 11;
        Sampler one(params), same(params);
        const std::vector<float> logits{0, std::log(2.0F), std::log(5.0F)};
        std::vector<double> counts(3, 0);
        constexpr int kDraws = 20000;
        for (int i = 0; i < kDraws; ++i) {
            const TokenId token = one.sample(logits, {});
            QCOMPARE(same.sample(logits, {}), token);
            counts[static_cast<std::size_t>(token)] += 1.0 / kDraws;
        }
        const double distance =
            (std::abs(counts[0] - 0.125) + std::abs(counts[1] - 0.25) + std::abs(counts[2] - 0.625)) / 2;
        QVERIFY(distance < 3 * std::sqrt(3.0 / kDraws));
    }

    void log_probabilities_are_the_logarithms_of_softmax() {
        const std::vector<double> logs = log_probabilities(std::vector<float>{1000, 1000 + std::log(3.0F)});
        QVERIFY(std::abs(std::exp(logs[0]) - 0.25) < 1e-4);
        QVERIFY(std::abs(std::exp(logs[0]) + std::exp(logs[1]) - 1) < 1e-12);
    }
};

QTEST_GUILESS_MAIN(TstSampler)
#include "tst_sampler.moc"
