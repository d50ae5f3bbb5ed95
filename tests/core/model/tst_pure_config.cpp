// config.json of pure models: what is read, what is refused by name, what is written and read again.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/pure_config.h"

#include "core/model/hf_config.h"
#include "tests/support/expect_error.h"
#include "tests/support/fixtures.h"
#include "tests/support/tiny_model.h"

#include <QtTest>

using namespace molt;

namespace {

json hf_mamba2() {
    return json::parse(R"({"model_type": "mamba2", "vocab_size": 64, "hidden_size": 32, "num_hidden_layers": 2,
        "num_heads": 4, "head_dim": 16, "n_groups": 2, "state_size": 8, "time_step_limit": [0.0, null]})");
}

json original(const json& ssm) {
    return {{"d_model", 64}, {"n_layer", 3}, {"vocab_size", 50277}, {"ssm_cfg", ssm}, {"rms_norm", true}};
}

}  // namespace

class TstPureConfig : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void hugging_face_sizes_and_defaults_are_read() {
        const ModelConfig config = read_hf_config(hf_mamba2(), "x");
        QVERIFY(config.is_pure() && !config.is_hybrid());
        QCOMPARE(config.mamba2.d_inner, 64);
        QCOMPARE(config.mamba2.num_groups, 2);
        QCOMPARE(config.mamba2.d_xb, 16);
        QCOMPARE(config.tie_embeddings, false);
        QCOMPARE(config.num_layers(), 2);
        json first = {{"model_type", "mamba"}, {"vocab_size", 64}, {"hidden_size", 40}, {"num_hidden_layers", 1}};
        const ModelConfig mamba = read_hf_config(first, "x");
        QCOMPARE(mamba.mamba1.dt_rank, 3);
        QCOMPARE(mamba.mamba1.d_state, 16);
        QCOMPARE(mamba.mamba1.d_inner, 80);
        QCOMPARE(mamba.tie_embeddings, true);
    }

    void state_spaces_sizes_and_defaults_are_read() {
        const ModelConfig first = read_state_spaces_config(original(json::object()), "x");
        QCOMPARE(first.architecture, std::string("mamba"));
        QCOMPARE(first.vocab_size, 50280);
        QCOMPARE(first.mamba1.d_inner, 128);
        QCOMPARE(first.mamba1.dt_rank, 4);
        QCOMPARE(first.eos_tokens, std::vector<std::int64_t>{0});
        const ModelConfig second = read_state_spaces_config(original({{"layer", "Mamba2"}}), "x");
        QCOMPARE(second.mamba2.head_dim, 64);
        QCOMPARE(second.mamba2.num_heads, 2);
        QCOMPARE(second.mamba2.num_groups, 1);
        QCOMPARE(second.mamba2.d_state, 128);
    }

    void infinity_is_understood_in_both_forms() {
        json config = hf_mamba2();
        config["time_step_limit"] = json::parse(R"([0.0, {"__float__": "Infinity"}])");
        QCOMPARE(read_hf_config(config, "x").num_layers(), 2);
    }

    void what_is_not_supported_is_refused_by_name_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::newRow("bias") << "use_bias"
                              << "true";
        QTest::newRow("activation") << "hidden_act"
                                    << "\"gelu\"";
        QTest::newRow("step limit") << "time_step_limit"
                                    << "[0.001, 0.1]";
        QTest::newRow("step limit of another shape") << "time_step_limit"
                                                     << "\"none\"";
        QTest::newRow("no layers") << "num_hidden_layers"
                                   << "0";
        QTest::newRow("a negative size") << "hidden_size"
                                         << "-32";
        QTest::newRow("a size that overflows") << "expand"
                                               << "9223372036854775807";
        QTest::newRow("heads that do not fit") << "num_heads"
                                               << "3";
        QTest::newRow("groups that do not divide") << "n_groups"
                                                   << "3";
    }
    void what_is_not_supported_is_refused_by_name() {
        QFETCH(QString, key);
        QFETCH(QString, value);
        json config = hf_mamba2();
        config[key.toStdString()] = json::parse(value.toStdString());
        bool refused = false;
        try {
            read_hf_config(config, "x");
        } catch (const Error& error) {
            refused = error.code() == ErrorCode::BadFile || error.code() == ErrorCode::BadConfig;
        }
        QVERIFY(refused);
    }

    void arguments_of_the_original_layers_are_refused_by_name_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::newRow("layer") << "layer"
                               << "\"Mamba3\"";
        QTest::newRow("bias") << "bias"
                              << "true";
        QTest::newRow("rmsnorm") << "rmsnorm"
                                 << "false";
        QTest::newRow("order of the norm") << "norm_before_gate"
                                           << "true";
        QTest::newRow("d_ssm") << "d_ssm"
                               << "32";
        QTest::newRow("learnt initial states") << "learnable_init_states"
                                               << "true";
        QTest::newRow("step limit") << "dt_limit"
                                    << "[0.0, 1.0]";
        QTest::newRow("something new") << "rotate_states"
                                       << "1";
    }
    void arguments_of_the_original_layers_are_refused_by_name() {
        QFETCH(QString, key);
        QFETCH(QString, value);
        json ssm = {{"layer", "Mamba2"}};
        ssm[key.toStdString()] = json::parse(value.toStdString());
        const Error error =
            expect_error(ErrorCode::BadFile, [&] { read_state_spaces_config(original(ssm), "config.json"); });
        const QString text = error.what();
        QVERIFY2(text.contains("config.json") && text.contains(key), qPrintable(text));
    }

    void hybrids_of_state_spaces_are_refused_by_name() {
        for (const char* key : {"attn_layer_idx", "d_intermediate"}) {
            json config = original(json::object());
            config[key] = std::string(key) == "d_intermediate" ? json(64) : json::array({1});
            const Error error = expect_error(ErrorCode::BadFile, [&] { read_state_spaces_config(config, "x"); });
            QVERIFY(std::string(error.what()).find(key) != std::string::npos);
        }
    }

    void what_is_written_is_read_again() {
        for (const MixerKind kind : {MixerKind::Mamba1, MixerKind::Mamba2}) {
            const ModelConfig config = tiny_pure_config(kind, 2);
            const json written = write_pure_config(config);
            const ModelConfig again = read_hf_config(written, "x");
            QVERIFY(expected_tensors(again) == expected_tensors(config));
            QVERIFY(write_pure_config(again) == written);
        }
    }

    void a_decoder_is_not_taken_for_a_pure_model() {
        QVERIFY(!is_pure_config({{"model_type", "llama"}}));
        QVERIFY(!is_state_spaces_config({{"model_type", "llama"}, {"d_model", 1}, {"n_layer", 1}}));
        QVERIFY(is_state_spaces_config(original(nullptr)));
    }
};

QTEST_GUILESS_MAIN(TstPureConfig)
#include "tst_pure_config.moc"
