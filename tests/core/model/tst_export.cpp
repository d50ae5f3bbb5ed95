// Exports: equal to the stored stock models, exact on reloading, sharded, refused with a reason where they must be.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Parallel.h>

#include "core/base/files.h"
#include "core/model/export.h"
#include "core/model/safetensors.h"
#include "core/model/stock_layouts.h"
#include "tests/support/expect_error.h"
#include "tests/support/fixtures.h"
#include "tests/support/tiny_model.h"

#include <QtTest>

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
            for (int plan = 0; plan < 3; ++plan) {
                if (plan == 0 && std::string(layout) != "hf") continue;
                QTest::addRow("%s %d", layout, plan) << layout << plan;
            }
        }
    }
    void reloading_gives_the_same_tensors() {
        QFETCH(QString, layout);
        QFETCH(int, plan);
        const std::vector<std::vector<MixerKind>> plans{{A, A}, {M1, A}, {M2, A}};
        const Checkpoint model = tiny_checkpoint(plans[static_cast<std::size_t>(plan)]);
        ExportOptions options = as(layout.toStdString());
        options.shard_bytes = 20'000;
        const TemporaryFolder temporary;
        export_model(model, options, temporary.path());
        QVERIFY(fs::exists(temporary.path() / "model.safetensors.index.json"));
        const Checkpoint again = Checkpoint::load(temporary.path());
        QVERIFY(again.config.mixers == model.config.mixers);
        for (const auto& [name, tensor] : model.params.all())
            QVERIFY2(again.params.at(name).equal(tensor), name.c_str());
        const std::string card = read_file(temporary.path() / "README.md");
        QVERIFY(card.find("base/model") != std::string::npos && card.find("| kl | 0.5 |") != std::string::npos);
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
        const StockModel granite = to_granite_hybrid(model.config, model.params);
        const std::int64_t expand = granite.config.at("mamba_expand"), heads = granite.config.at("mamba_n_heads");
        QCOMPARE(expand * model.config.hidden_size, heads * model.config.mamba2.head_dim);
        const at::Tensor out = granite.params.at("model.layers.0.mamba.out_proj.weight");
        QCOMPARE(out.size(1), heads * model.config.mamba2.head_dim);
        QVERIFY(out.narrow(1, 0, 64).equal(model.params.at("model.layers.0.mamba.out_proj.weight")));
    }

    void what_cannot_be_expressed_is_refused_with_the_reason() {
        QVERIFY(refusal(tiny_checkpoint({M1, A}), "falcon-h1").find("Mamba-1") != std::string::npos);
        QVERIFY(refusal(tiny_checkpoint({A, A}), "granite-hybrid").find("no Mamba layer") != std::string::npos);
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
