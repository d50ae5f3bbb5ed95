// Tests of core/train/new_model.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>

#include "core/train/new_model.h"

#include <QtTest>
#include <cmath>

#include "core/model/hybrid_model.h"
#include "tests/support/byte_tokenizer.h"
#include "tests/support/expect_error.h"

namespace molt {

class TstNewModel : public QObject {
    Q_OBJECT

    ShapeConfig shape_{.hidden_size = 64, .intermediate_size = 0, .num_layers = 8, .num_heads = 4};

private Q_SLOTS:
    void zeros_of_the_shape_are_resolved() {
        const ModelConfig config = new_model_config(shape_, ByteTokenizer());
        QCOMPARE(config.intermediate_size, std::int64_t{176});
        QCOMPARE(config.attention.head_dim, std::int64_t{16});
        QCOMPARE(config.attention.num_kv_heads, std::int64_t{4});
        QCOMPARE(config.num_layers(), std::int64_t{8});
        QCOMPARE(config.vocab_size, std::int64_t{258});
        QCOMPARE(config.bos_token, std::int64_t{256});
        QCOMPARE(config.eos_tokens, std::vector<std::int64_t>{257});
    }

    void the_parameters_make_a_model() {
        for (const bool tied : {true, false}) {
            shape_.tie_embeddings = tied;
            const ModelConfig config = new_model_config(shape_, ByteTokenizer());
            const ParamSet params = draw_parameters(config, 1);
            QCOMPARE(params.contains("lm_head.weight"), !tied);
            const HybridModel model(config, params);
        }
    }

    void weights_follow_their_laws() {
        const ModelConfig config = new_model_config(shape_, ByteTokenizer());
        const ParamSet params = draw_parameters(config, 1);
        const auto deviation = [&](const char* name) { return params.at(name).std().item<double>(); };
        QVERIFY(std::abs(deviation("model.layers.3.self_attn.q_proj.weight") - 0.02) < 1e-3);
        QVERIFY(std::abs(deviation("model.embed_tokens.weight") - 0.02) < 1e-3);
        QVERIFY(std::abs(deviation("model.layers.3.self_attn.o_proj.weight") - 0.005) < 3e-4);
        QVERIFY(std::abs(deviation("model.layers.3.mlp.down_proj.weight") - 0.005) < 3e-4);
        QVERIFY(std::abs(params.at("model.layers.0.mlp.up_proj.weight").mean().item<double>()) < 1e-3);
        QCOMPARE(params.at("model.norm.weight").mean().item<double>(), 1.0);
    }

    void the_seed_decides() {
        const ModelConfig config = new_model_config(shape_, ByteTokenizer());
        const ParamSet a = draw_parameters(config, 1), b = draw_parameters(config, 1), c = draw_parameters(config, 2);
        const char* name = "model.layers.0.mlp.up_proj.weight";
        QVERIFY(at::equal(a.at(name), b.at(name)));
        QVERIFY(!at::equal(a.at(name), c.at(name)));
    }

    void sizes_that_do_not_fit_are_refused() {
        expect_error(ErrorCode::BadConfig, [] { new_model_config(ShapeConfig{}, ByteTokenizer()); });
        ShapeConfig odd{.hidden_size = 64, .intermediate_size = 0, .num_layers = 1, .num_heads = 4, .num_kv_heads = 3};
        expect_error(ErrorCode::BadConfig, [&] { new_model_config(odd, ByteTokenizer()); });
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstNewModel)
#include "tst_new_model.moc"
