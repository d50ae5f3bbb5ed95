// Placement of the attention layers that stay, against the released models' lists and the rule of cli.md section 2.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <random>

#include "core/base/error.h"
#include "core/spec/model_config.h"
#include "tests/support/expect_error.h"

using namespace molt;
using Layers = std::vector<std::int64_t>;

namespace {

Layers kept(std::int64_t num_layers, std::string_view choice, std::string_view placement = "uniform") {
    const auto plan = place_layers(num_layers, AttentionChoice::parse(choice), placement, MixerKind::Mamba2);
    Layers layers;
    for (std::size_t i = 0; i < plan.size(); ++i) {
        if (plan[i] == MixerKind::Attention) layers.push_back(static_cast<std::int64_t>(i));
    }
    return layers;
}

}  // namespace

class TstLayerPlan : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void uniform_keeps_the_layers_of_the_released_models() {
        // algorithm.md 1.11.
        Layers half, quarter;
        for (std::int64_t i = 1; i < 32; i += 2) half.push_back(i);
        for (std::int64_t i = 3; i < 32; i += 4) quarter.push_back(i);
        QVERIFY(kept(32, "0.5") == half);
        QVERIFY(kept(32, "0.25") == quarter);
        QVERIFY(kept(32, "0.125") == (Layers{7, 15, 23, 31}));
        QVERIFY(kept(32, "0").empty());
        QCOMPARE(kept(32, "1").size(), std::size_t{32});
    }

    void a_group_that_is_not_full_becomes_mamba() {
        QVERIFY(kept(5, "0.5") == (Layers{1, 3}));
        QVERIFY(kept(5, "0.125").empty());
        QVERIFY(kept(7, "0.3333333333333333") == (Layers{2, 5}));
    }

    void other_shares_are_spread_evenly_and_end_at_the_last_layer() {
        QVERIFY(kept(8, "0.75") == (Layers{0, 1, 3, 4, 5, 7}));
        std::mt19937 random(7);
        for (int round = 0; round < 200; ++round) {
            const std::int64_t num_layers = 1 + static_cast<std::int64_t>(random() % 80);
            const double share = 0.51 + 0.48 * (static_cast<double>(random() % 1000) / 1000.0);
            AttentionChoice choice{.share = share, .layers = {}};
            const auto n = static_cast<std::int64_t>(std::floor(share * static_cast<double>(num_layers) + 0.5));
            Layers expected;
            for (std::int64_t i = 0; i < n; ++i) {
                expected.push_back(static_cast<std::int64_t>(
                                       std::floor(static_cast<double>((i + 1) * num_layers) / static_cast<double>(n))) -
                                   1);
            }
            QVERIFY(kept(num_layers, choice.to_text()) == expected);
        }
    }

    void blocks_stand_where_their_name_says() {
        QVERIFY(kept(8, "0.25", "first") == (Layers{0, 1}));
        QVERIFY(kept(8, "0.25", "last") == (Layers{6, 7}));
        QVERIFY(kept(8, "0.25", "middle") == (Layers{3, 4}));
        QVERIFY(kept(5, "0.5", "last") == (Layers{3, 4}));
        expect_error(ErrorCode::BadConfig, [] { kept(8, "0.25", "unifrom"); });
    }

    void explicit_layers_ignore_the_placement() {
        QVERIFY(kept(8, "5,0,3", "last") == (Layers{0, 3, 5}));
        QVERIFY(kept(8, "layers:3") == (Layers{3}));
    }

    void layers_that_do_not_exist_are_refused() {
        expect_error(ErrorCode::BadConfig, [] { kept(4, "1,4"); });
        expect_error(ErrorCode::BadConfig, [] { kept(4, "-1,2"); });
        expect_error(ErrorCode::BadConfig, [] { kept(4, "2,2"); });
        expect_error(ErrorCode::BadConfig, [] { kept(0, "0.5"); });
    }

    void text_forms_read_back() {
        for (const char* text : {"0.5", "0", "1", "0.1", "0.3333333333333333", "layers:3", "0,3,7"})
            QCOMPARE(AttentionChoice::parse(text).to_text(), std::string(text));
    }

    void nonsense_is_refused_with_the_forms_that_exist() {
        for (const char* text :
             {"", " ", "2", "-0.5", "nan", "half", "0.5x", "1,,2", "1,a", "layers:", "layers:x", "1;2"}) {
            const Error error = expect_error(ErrorCode::BadConfig, [&] { AttentionChoice::parse(text); });
            QVERIFY(error.hint().find("layers:3") != std::string::npos);
        }
    }
};

QTEST_GUILESS_MAIN(TstLayerPlan)
#include "tst_layer_plan.moc"
