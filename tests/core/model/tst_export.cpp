// Exports: equal to the stored stock models, exact on reloading, sharded, refused with a reason where they must be.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Parallel.h>
#include <ATen/ops/full.h>

#include "core/base/files.h"
#include "core/model/export.h"
#include "core/model/safetensors.h"
#include "core/model/stock_layouts.h"
#include "core/model/weight_files.h"
#include "tests/support/expect_error.h"
#include "tests/support/fixtures.h"
#include "tests/support/tiny_model.h"

#include <QtTest>
#include <cmath>

using namespace molt;
namespace fs = std::filesystem;

namespace {

constexpr MixerKind A = MixerKind::Attention, M1 = MixerKind::Mamba1, M2 = MixerKind::Mamba2;

Checkpoint tiny_checkpoint(const std::vector<MixerKind>& mixers) {
    const HybridModel model = tiny_model(mixers, 3, at::kFloat);
    return {model.config(),
            model.params(),
            "molt",
            model.config().is_hybrid() ? "hybrid" : "transformer",
            {{"teacher", "base/model"}, {"evaluation", {{"kl", 0.5}}}}};
}

ExportOptions as(const std::string& layout) {
    ExportOptions options;
    options.layout = layout;
    return options;
}

std::string refusal(const Checkpoint& model, const std::string& layout) {
    const TemporaryFolder temporary;
    return expect_error(ErrorCode::Mismatch, [&] { export_model(model, as(layout), temporary.path()); }).what();
}

/// The first difference is named.
bool equal_tensors(const ParamSet& found, const ParamSet& expected) {
    for (const auto& [name, tensor] : expected.all()) {
        const bool same = found.contains(name) && found.at(name).scalar_type() == tensor.scalar_type() &&
                          found.at(name).equal(tensor);
        if (!same) {
            qWarning("%s differs", name.c_str());
            return false;
        }
    }
    return found.all().size() == expected.all().size();
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void stock_classes_equal_the_stored_ones_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("layout");
        QTest::newRow("falcon-h1") << "llama_mamba2_50_falcon_h1"
                                   << "falcon-h1";
        QTest::newRow("granite-hybrid") << "llama_mamba2_25_granitemoehybrid"
                                        << "granite-hybrid";
    }
    /// Tensors bit for bit; every key of the stored config.json but those that only describe its making.
    void stock_classes_equal_the_stored_ones() {
        QFETCH(QString, folder);
        QFETCH(QString, layout);
        const fs::path stored = fixture_path("export") / folder.toStdString();
        if (!fs::exists(stored)) QSKIP("The fixtures are absent; set MOLT_SHARED.");
        const std::string source = read_json_file(stored / "expected.json").at("source");
        const TemporaryFolder temporary;
        export_model(Checkpoint::load(stored / source, "stored"), as(layout.toStdString()), temporary.path());
        const SafetensorsFile expected = SafetensorsFile::open(stored / "model.safetensors");
        const SafetensorsFile found = SafetensorsFile::open(temporary.path() / "model.safetensors");
        QCOMPARE(found.entries().size(), expected.entries().size());
        for (const auto& entry : expected.entries()) {
            QVERIFY2(found.tensor(entry.name).equal(expected.tensor(entry.name)), entry.name.c_str());
            QVERIFY2(found.tensor(entry.name).dtype() == expected.tensor(entry.name).dtype(), entry.name.c_str());
        }
        const json config = read_json_file(temporary.path() / "config.json");
        const json stored_config = read_json_file(stored / "config.json");
        for (const auto& [key, value] : stored_config.items()) {
            if (key == "pad_token_id" || key == "eos_token_id") continue;
            QVERIFY2(config.contains(key) && config.at(key) == value, key.c_str());
        }
    }

    void reloading_gives_the_same_tensors_data() {
        QTest::addColumn<QString>("layout");
        QTest::addColumn<int>("plan");
        for (const char* layout : {"hf", "mamba-in-llama", "mamba-in-llama-inference"}) {
            for (int plan = 0; plan < 4; ++plan) {
                if (plan == 0 && std::string(layout) != "hf") continue;
                QTest::addRow("%s %d", layout, plan) << layout << plan;
            }
        }
    }
    void reloading_gives_the_same_tensors() {
        QFETCH(QString, layout);
        QFETCH(int, plan);
        const std::vector<std::vector<MixerKind>> plans{{A, A}, {M1, A}, {M2, A}, {M1, A, M2}};
        const Checkpoint model = tiny_checkpoint(plans[static_cast<std::size_t>(plan)]);
        ExportOptions options = as(layout.toStdString());
        options.shard_bytes = 20'000;
        std::int64_t last = 0;
        options.advance = [&](std::int64_t done, std::int64_t) { last = done; };
        const TemporaryFolder temporary;
        const Exported exported = export_model(model, options, temporary.path());
        QVERIFY(fs::exists(temporary.path() / "model.safetensors.index.json"));
        QCOMPARE(last, exported.tensor_bytes);
        for (const std::string& file : exported.files) {
            const bool alone = SafetensorsFile::open(temporary.path() / file).entries().size() == 1;
            QVERIFY(alone || fs::file_size(temporary.path() / file) < 20'000 + 4'000);
        }
        const Checkpoint again = Checkpoint::load(temporary.path());
        QVERIFY(again.config.mixers == model.config.mixers);
        QVERIFY(equal_tensors(again.params, model.params));
        const std::string card = read_file(temporary.path() / "README.md");
        QVERIFY(card.find("base/model") != std::string::npos && card.find("| kl | 0.5 |") != std::string::npos);
    }

    /// Every folder of another program: written in every layout that holds it, read again, it computes the same bits.
    void fixtures_survive_export_and_reload_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("layout");
        for (const char* kind : {"decoders", "hybrids", "pure"}) {
            if (!fs::exists(fixture_path(kind))) continue;
            for (const auto& entry : fs::directory_iterator(fixture_path(kind))) {
                const std::string name = std::string(kind) + "/" + entry.path().filename().string();
                for (const char* layout : {"hf", "mamba-in-llama", "mamba-in-llama-inference", "state-spaces"}) {
                    const bool of_hybrids = std::string(layout).starts_with("mamba-in-llama");
                    const bool holds = std::string(layout) == "hf" || (of_hybrids && std::string(kind) == "hybrids") ||
                                       (std::string(layout) == "state-spaces" && std::string(kind) == "pure");
                    if (!holds) continue;
                    QTest::addRow("%s %s", name.c_str(), layout) << QString::fromStdString(name) << layout;
                }
            }
        }
        if (!fs::exists(fixture_path("decoders")))
            QTest::newRow("absent") << "absent"
                                    << "hf";
    }
    void fixtures_survive_export_and_reload() {
        QFETCH(QString, folder);
        QFETCH(QString, layout);
        const fs::path path = fixture_path(folder.toStdString());
        if (!fs::exists(path)) QSKIP("The fixtures are absent; set MOLT_SHARED.");
        const at::NoGradGuard no_grad;
        const Checkpoint model = Checkpoint::load(path, "stored");
        const TemporaryFolder temporary;
        export_model(Checkpoint::load_header(path), as(layout.toStdString()), temporary.path());
        const Checkpoint again = Checkpoint::load(temporary.path(), "stored");
        QVERIFY(equal_tensors(again.params, model.params));
        // The original layout has no key for end marks: they are the tokenizer's.
        if (layout != "state-spaces") QVERIFY(again.config.eos_tokens == model.config.eos_tokens);
        const at::Tensor ids = random_ids(1, 24, model.config.vocab_size, 11);
        const Checkpoint before = Checkpoint::load(path), after = Checkpoint::load(temporary.path());
        const HybridModel first(before.config, before.params), second(after.config, after.params);
        QCOMPARE(max_difference(second.logits(second.hidden(ids, {}, nullptr)),
                                first.logits(first.hidden(ids, {}, nullptr))),
                 0.0);
    }

    /// The official inference layout, from the folder itself and from its twin in the training layout.
    void inference_folders_equal_the_stored_ones_data() {
        QTest::addColumn<QString>("folder");
        for (const char* name : {"llama_mamba1_50", "llama_mamba2_50", "mistral_mamba1_50", "mistral_mamba2_50"})
            QTest::newRow(name) << QString(name);
    }
    void inference_folders_equal_the_stored_ones() {
        QFETCH(QString, folder);
        const fs::path hybrids = fixture_path("hybrids");
        const fs::path stored = hybrids / (folder.toStdString() + "_infer");
        if (!fs::exists(stored)) QSKIP("The fixtures are absent; set MOLT_SHARED.");
        const StoredTensors expected = open_weight_files(stored);
        for (const char* source : {"_infer", "_train"}) {
            const TemporaryFolder temporary;
            export_model(Checkpoint::load_header(hybrids / (folder.toStdString() + source)),
                         as("mamba-in-llama-inference"), temporary.path());
            const StoredTensors found = open_weight_files(temporary.path());
            QCOMPARE(found.size(), expected.size());
            for (const auto& [name, tensor] : expected) {
                QVERIFY2(found.contains(name), name.c_str());
                QVERIFY2(found.at(name).tensor.equal(tensor.tensor), name.c_str());
            }
        }
    }

    /// Tensors, names and the keys that state-spaces/mamba reads.
    void original_pure_models_equal_the_stored_ones_data() {
        QTest::addColumn<QString>("folder");
        for (const char* name : {"mamba_original", "mamba2_original"}) QTest::newRow(name) << QString(name);
    }
    void original_pure_models_equal_the_stored_ones() {
        QFETCH(QString, folder);
        const fs::path stored = fixture_path("pure") / folder.toStdString();
        if (!fs::exists(stored)) QSKIP("The fixtures are absent; set MOLT_SHARED.");
        const TemporaryFolder temporary;
        export_model(Checkpoint::load_header(stored), as("state-spaces"), temporary.path());
        const TemporaryFolder for_transformers;
        const Exported stock = export_model(Checkpoint::load_header(stored), as("hf"), for_transformers.path());
        // Both fixtures of Mamba-2 have two groups.
        QCOMPARE(stock.minimum_transformers == "5.23.0", folder == "mamba2_original");
        const StoredTensors expected = open_weight_files(stored), found = open_weight_files(temporary.path());
        QCOMPARE(found.size(), expected.size());
        for (const auto& [name, tensor] : expected)
            QVERIFY2(found.contains(name) && found.at(name).tensor.equal(tensor.tensor), name.c_str());
        const json config = read_json_file(temporary.path() / "config.json");
        const json original = read_json_file(stored / "config.json");
        for (const char* key : {"d_model", "n_layer", "rms_norm", "residual_in_fp32", "tie_embeddings"})
            QVERIFY2(!original.contains(key) || config.at(key) == original.at(key), key);
        for (const auto& [key, value] : original.at("ssm_cfg").items())
            QVERIFY2(config.at("ssm_cfg").contains(key) && config.at("ssm_cfg").at(key) == value, key.c_str());
    }

    void sizes_that_differ_from_the_official_defaults_survive() {
        Checkpoint model = tiny_checkpoint({M1, A});
        const at::TensorOptions options = at::TensorOptions().dtype(at::kFloat);
        const std::string mamba = "model.layers.0.mamba.";
        const auto replace = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
            model.params.erase(mamba + name);
            model.params.add(mamba + name, at::full(shape, 0.25, options));
        };
        Mamba1Config& c = model.config.mamba1;
        c.d_conv = 3;
        c.dt_rank = 5;
        c.conv_bias = false;
        replace("conv1d.weight", {c.d_inner, 1, 3});
        replace("dt_proj.weight", {c.d_inner, 5});
        replace("dt_proj_down.weight", {5, model.config.hidden_size});
        model.params.erase(mamba + "conv1d.bias");
        const TemporaryFolder temporary;
        export_model(model, as("hf"), temporary.path());
        QVERIFY(equal_tensors(Checkpoint::load(temporary.path()).params, model.params));
    }

    void the_element_type_is_chosen() {
        const Checkpoint model = tiny_checkpoint({M2, A});
        ExportOptions options = as("hf");
        options.dtype = "bfloat16";
        const TemporaryFolder temporary;
        export_model(model, options, temporary.path());
        QCOMPARE(read_json_file(temporary.path() / "config.json").at("torch_dtype").get<std::string>(),
                 std::string("bfloat16"));
        const at::Tensor found = Checkpoint::load(temporary.path(), "stored").params.at("model.norm.weight");
        QVERIFY(found.equal(model.params.at("model.norm.weight").to(at::kBFloat16)));
    }

    /// With another eps the residual stream is scaled; heads of zeros fill the inner width of Granite.
    void scales_and_padding_follow_the_rules() {
        Checkpoint model = tiny_checkpoint({M2, A});
        model.config.norm_eps = 1e-6;
        const StockModel falcon = to_falcon_h1(model.config, model.params);
        QVERIFY(std::abs(falcon.config.at("embedding_multiplier").get<double>() - std::sqrt(10.0)) < 1e-12);
        QCOMPARE(falcon.config.at("rms_norm_eps").get<double>(), 1e-5);
        // Heads of 12: an inner width of 48 is no multiple of the hidden size, and 64 none of 12.
        ModelConfig teacher = tiny_config({A, A});
        teacher.attention.head_dim = 12;
        teacher.derive_mamba_sizes();
        const Converted made = convert(teacher, tiny_teacher(teacher, 5, at::kFloat),
                                       {.mixers = {M2, A}, .init = "copy", .seed = 5, .repeat_kv_before_conv = {}});
        const StockModel granite = to_granite_hybrid(made.config, made.params);
        QCOMPARE(granite.config.at("mamba_expand").get<int>(), 3);
        QCOMPARE(granite.config.at("mamba_n_heads").get<int>(), 8);
        const at::Tensor out = granite.tensors.at("model.layers.0.mamba.out_proj.weight").make();
        QCOMPARE(out.size(1), 96);
        QVERIFY(out.narrow(1, 0, 48).equal(made.params.at("model.layers.0.mamba.out_proj.weight")));
        QCOMPARE(out.narrow(1, 48, 48).abs().max().item<double>(), 0.0);
        QCOMPARE(granite.config.at("use_cache").get<bool>(), true);
        const Checkpoint no_attention = tiny_checkpoint({M2, M2});
        QCOMPARE(to_granite_hybrid(no_attention.config, no_attention.params).config.at("use_cache").get<bool>(), false);
    }

    void values_that_do_not_fit_are_refused() {
        Checkpoint model = tiny_checkpoint({A, A});
        ExportOptions options = as("hf");
        options.dtype = "float16";
        model.params.erase("model.norm.weight");
        model.params.add("model.norm.weight", at::full({model.config.hidden_size}, 1e6, at::kFloat));
        const TemporaryFolder temporary;
        const Error large = expect_error(ErrorCode::Mismatch, [&] { export_model(model, options, temporary.path()); });
        QVERIFY(std::string(large.what()).find("model.norm.weight") != std::string::npos);
        model.params.erase("model.norm.weight");
        model.params.add("model.norm.weight", at::full({model.config.hidden_size}, NAN, at::kFloat));
        const Error damaged =
            expect_error(ErrorCode::BadFile, [&] { export_model(model, as("hf"), temporary.path()); });
        QVERIFY(std::string(damaged.what()).find("model.norm.weight") != std::string::npos);
    }

    void a_sliding_window_is_no_obstacle_within_its_length() {
        Checkpoint model = tiny_checkpoint({M2, A});
        model.config.architecture = "mistral";
        model.config.attention.sliding_window = 16;
        const Error refused = expect_error(ErrorCode::Mismatch, [&] { to_falcon_h1(model.config, model.params); });
        QVERIFY(refused.hint().find("--max-context 16") != std::string::npos);
        expect_error(ErrorCode::Mismatch, [&] { to_granite_hybrid(model.config, model.params, 17); });
        const StockModel stock = to_falcon_h1(model.config, model.params, 16);
        QCOMPARE(stock.config.at("max_position_embeddings").get<int>(), 16);
        QVERIFY(!stock.config.contains("sliding_window"));
    }

    void what_cannot_be_expressed_is_refused_with_the_reason() {
        QVERIFY(refusal(tiny_checkpoint({M1, A}), "falcon-h1").find("Mamba-1") != std::string::npos);
        QVERIFY(refusal(tiny_checkpoint({A, A}), "granite-hybrid").find("no Mamba layer") != std::string::npos);
        QVERIFY(refusal(tiny_checkpoint({M2, A}), "state-spaces").find("no pure Mamba") != std::string::npos);
        QVERIFY(refusal(tiny_checkpoint({A, A}), "mamba-in-llama").find("no Mamba layer") != std::string::npos);
        Checkpoint window = tiny_checkpoint({M2, A});
        window.config.attention.sliding_window = 16;
        QVERIFY(refusal(window, "falcon-h1").find("16") != std::string::npos);
        const TemporaryFolder temporary;
        expect_error(ErrorCode::Usage, [&] { export_model(window, as("gguf"), temporary.path()); });
    }
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_export.moc"
