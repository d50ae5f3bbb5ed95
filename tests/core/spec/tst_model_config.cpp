// Sizes of models: names of mixers, consistency, the official code's derived sizes, and memory.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/model_config.h"

#include <QtTest>

#include "core/base/error.h"
#include "tests/support/expect_error.h"

using namespace molt;

namespace {

ModelConfig llama_8b() {
    ModelConfig config;
    config.vocab_size = 128256;
    config.hidden_size = 4096;
    config.intermediate_size = 14336;
    config.attention.num_heads = 32;
    config.attention.num_kv_heads = 8;
    config.attention.head_dim = 128;
    config.mixers.assign(32, MixerKind::Attention);
    config.derive_mamba_sizes();
    return config;
}

}  // namespace

class TstModelConfig : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void names_of_mixers_read_back() {
        for (const MixerKind kind : {MixerKind::Attention, MixerKind::Mamba1, MixerKind::Mamba2})
            QVERIFY(parse_mixer(mixer_name(kind)) == kind);
    }

    void a_wrong_mixer_is_answered_with_the_nearest() {
        const Error error = expect_error(ErrorCode::BadConfig, [] { parse_mixer("mamab2"); });
        QVERIFY(error.hint().find("mamba2") != std::string::npos);
    }

    void derived_sizes_are_those_of_the_official_code_data() {
        QTest::addColumn<int>("hidden");
        QTest::addColumn<int>("heads");
        QTest::addColumn<int>("kv_heads");
        QTest::addColumn<int>("head_dim");
        QTest::addColumn<int>("d_inner");
        QTest::addColumn<int>("d_xb");
        QTest::addColumn<int>("dt_rank");
        // Table of algorithm.md 1.0.
        QTest::newRow("Llama-3-8B") << 4096 << 32 << 8 << 128 << 4096 << 1024 << 256;
        QTest::newRow("Llama-3.2-3B") << 3072 << 24 << 8 << 128 << 3072 << 1024 << 192;
        QTest::newRow("Llama-3.2-1B") << 2048 << 32 << 8 << 64 << 2048 << 512 << 128;
    }

    void derived_sizes_are_those_of_the_official_code() {
        QFETCH(int, hidden);
        QFETCH(int, heads);
        QFETCH(int, kv_heads);
        QFETCH(int, head_dim);
        QFETCH(int, d_inner);
        QFETCH(int, d_xb);
        QFETCH(int, dt_rank);
        ModelConfig config;
        config.hidden_size = hidden;
        config.attention.num_heads = heads;
        config.attention.num_kv_heads = kv_heads;
        config.attention.head_dim = head_dim;
        config.derive_mamba_sizes();
        QCOMPARE(config.mamba1.d_inner, d_inner);
        QCOMPARE(config.mamba1.d_xb, d_xb);
        QCOMPARE(config.mamba1.dt_rank, dt_rank);
        QCOMPARE(config.mamba1.d_state, 16);
        QCOMPARE(config.mamba2.d_inner, d_inner);
        QCOMPARE(config.mamba2.d_xb, d_xb);
        QCOMPARE(config.mamba2.num_heads, heads);
        QCOMPARE(config.mamba2.d_state, head_dim);
        QVERIFY(config.mamba1.repeat_kv_before_conv);
        QVERIFY(!config.mamba2.repeat_kv_before_conv);
    }

    void the_rank_of_dt_is_rounded_up() {
        ModelConfig config = llama_8b();
        config.hidden_size = 65;
        config.derive_mamba_sizes();
        QCOMPARE(config.mamba1.dt_rank, 5);
    }

    void memory_counts_only_the_layers_of_its_kind() {
        ModelConfig config = llama_8b();
        QVERIFY(!config.is_hybrid());
        QCOMPARE(config.kv_bytes_per_token(), std::int64_t{32} * 2 * 8 * 128 * 4);
        QCOMPARE(config.state_bytes_per_sequence(), 0);
        config.mixers.assign(32, MixerKind::Mamba1);
        config.mixers[31] = MixerKind::Mamba2;
        QVERIFY(config.is_hybrid());
        QCOMPARE(config.kv_bytes_per_token(), 0);
        // SSM elements of the table of algorithm.md 1.0; convolution windows of algorithm.md 1.7.
        const std::int64_t mamba1 = 65536 + 4096 * 4;
        const std::int64_t mamba2 = 524288 + 6144 * 4;
        QCOMPARE(config.state_bytes_per_sequence(), (31 * mamba1 + mamba2) * 4);
        config.mamba1.repeat_kv_before_conv = false;
        config.mamba2.repeat_kv_before_conv = true;
        QCOMPARE(config.state_bytes_per_sequence(), (31 * (65536 + 1024 * 4) + 524288 + 3 * 4096 * 4) * 4);
    }

    void consistent_sizes_pass() {
        ModelConfig config = llama_8b();
        config.validate();
        config.mixers[0] = MixerKind::Mamba1;
        config.mixers[1] = MixerKind::Mamba2;
        config.validate();
    }

    void inconsistent_sizes_are_refused_by_name() {
        const auto refused = [](std::string_view key, const std::function<void(ModelConfig&)>& change) {
            ModelConfig config = llama_8b();
            config.mixers[0] = MixerKind::Mamba1;
            config.mixers[1] = MixerKind::Mamba2;
            change(config);
            const Error error = expect_error(ErrorCode::BadConfig, [&] { config.validate(); });
            QVERIFY2(std::string(error.what()).find(key) != std::string::npos, error.what());
        };
        refused("vocab_size", [](ModelConfig& c) { c.vocab_size = 0; });
        refused("hidden_size", [](ModelConfig& c) { c.hidden_size = -1; });
        refused("hidden_size", [](ModelConfig& c) { c.hidden_size = INT64_MAX; });
        refused("layers", [](ModelConfig& c) { c.mixers.clear(); });
        refused("num_heads", [](ModelConfig& c) { c.attention.num_kv_heads = 5; });
        refused("head_dim", [](ModelConfig& c) { c.attention.head_dim = 127; });
        refused("num_heads * head_dim", [](ModelConfig& c) { c.attention.head_dim = std::int64_t{1} << 26; });
        refused("RoPE", [](ModelConfig& c) { c.attention.rope.theta = std::nan(""); });
        refused("RoPE", [](ModelConfig& c) { c.attention.rope.scaling = "yarn"; });
        refused("norm_eps", [](ModelConfig& c) { c.norm_eps = 0; });
        refused("dtype", [](ModelConfig& c) { c.dtype = "int8"; });
        refused("mamba1.d_xb", [](ModelConfig& c) { c.mamba1.d_state = 17; });
        refused("mamba1.d_inner", [](ModelConfig& c) { c.mamba1.d_xb = 1536; });
        refused("mamba2.d_inner", [](ModelConfig& c) { c.mamba2.num_heads = 31; });
        refused("mamba2.d_state", [](ModelConfig& c) { c.mamba2.d_state = 64; });
    }

    void sizes_of_absent_mixers_do_not_matter() {
        ModelConfig config = llama_8b();
        config.mamba1 = {};
        config.mamba2 = {};
        config.validate();
    }
};

QTEST_GUILESS_MAIN(TstModelConfig)
#include "tst_model_config.moc"
