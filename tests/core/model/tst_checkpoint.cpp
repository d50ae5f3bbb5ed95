// Model folders against the stored results of the programs they come from; wrong folders; what is written is read
// again. SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Parallel.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>

#include "core/base/files.h"
#include "core/base/text.h"
#include "core/model/checkpoint.h"
#include "core/model/safetensors.h"
#include "core/model/weight_files.h"
#include "core/model/weight_writer.h"
#include "tests/support/expect_error.h"
#include "tests/support/fixture_tensors.h"
#include "tests/support/tiny_model.h"

#include <QtTest>
#include <fstream>

using namespace molt;
namespace fs = std::filesystem;

namespace {

constexpr MixerKind A = MixerKind::Attention, M1 = MixerKind::Mamba1, M2 = MixerKind::Mamba2;

std::vector<std::int64_t> greedy(const HybridModel& model, const at::Tensor& prompt, std::int64_t count) {
    ModelState state = model.new_state(1);
    at::Tensor ids = prompt;
    std::vector<std::int64_t> tokens;
    for (std::int64_t i = 0; i < count; ++i) {
        const at::Tensor hidden = model.hidden(ids, {}, &state);
        state.accept_all();
        ids = model.logits(hidden.narrow(1, hidden.size(1) - 1, 1)).argmax(-1);
        tokens.push_back(ids.item<std::int64_t>());
    }
    return tokens;
}

/// Fails the running test with numbers if `found` is further than `limit` from `expected`.
void compare(const std::string& what, const at::Tensor& found, const at::Tensor& expected, double limit) {
    const double difference = max_difference(found, expected);
    const QString text = QString("%1: %2, limit %3").arg(what.c_str()).arg(difference).arg(limit);
    if (difference > limit) qWarning("%s", qPrintable(text));
    QVERIFY2(difference <= limit, qPrintable(text));
}

void compare_states(const HybridModel& model, const std::map<std::string, at::Tensor>& expected) {
    ModelState state = model.new_state(expected.at("input_ids").size(0));
    model.hidden(expected.at("input_ids"), {}, &state);
    state.accept_all();
    for (std::int64_t i = 0; i < model.config().num_layers(); ++i) {
        for (const auto& [name, tensor] : state.layer(i).tensors()) {
            const auto found = expected.find(join("state.", i, ".", name));
            if (found == expected.end()) continue;
            QCOMPARE(tensor.sizes().vec(), found->second.sizes().vec());
            compare(found->first, tensor, found->second, 1e-4);
        }
    }
}

void write_tiny(const fs::path& folder, const std::vector<MixerKind>& plan) {
    const HybridModel model = tiny_model(plan, 3, at::kFloat);
    fs::create_directories(folder);
    Checkpoint::write_files(folder, model.config(), model.params(), {{"teacher", "somewhere"}});
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void stored_results_of_other_programs_data() {
        QTest::addColumn<QString>("folder");
        for (const char* kind : {"decoders", "hybrids", "pure"}) {
            if (!fs::exists(fixture_path(kind))) continue;
            for (const auto& entry : fs::directory_iterator(fixture_path(kind))) {
                const std::string name = std::string(kind) + "/" + entry.path().filename().string();
                QTest::newRow(name.c_str()) << QString::fromStdString(name);
            }
        }
        if (!fs::exists(fixture_path("decoders"))) QTest::newRow("absent") << QString("absent");
    }
    void stored_results_of_other_programs() {
        QFETCH(QString, folder);
        const fs::path path = fixture_path(folder.toStdString());
        if (!fs::exists(path)) QSKIP("The fixtures are absent; set MOLT_SHARED.");
        const at::NoGradGuard no_grad;
        const auto expected = testing::read_fixture(path / "expected.safetensors");
        const Checkpoint checkpoint = Checkpoint::load(path);
        const HybridModel model(checkpoint.config, checkpoint.params);
        std::vector<at::Tensor> layers;
        const at::Tensor hidden = model.hidden(expected.at("input_ids"), {}, nullptr, &layers);
        const at::Tensor logits = model.logits(hidden);
        compare("logits", logits, expected.at("logits"), 1e-4);
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const auto found = expected.find(join("hidden.", i));
            if (found != expected.end()) compare(found->first, layers[i], found->second, 1e-4);
        }
        if (expected.contains("hidden.final")) compare("hidden.final", hidden, expected.at("hidden.final"), 1e-4);
        compare_states(model, expected);
        const at::Tensor tokens = expected.at("greedy.tokens");
        const std::vector<std::int64_t> found = greedy(model, expected.at("greedy.prompt"), tokens.numel());
        QVERIFY(tokens.view({-1}).equal(at::tensor(at::ArrayRef<std::int64_t>(found), at::kLong)));
    }

    void mixers_agree_in_float64_data() { stored_results_of_other_programs_data(); }
    void mixers_agree_in_float64() {
        QFETCH(QString, folder);
        const fs::path path = fixture_path(folder.toStdString());
        if (!fs::exists(path)) QSKIP("The fixtures are absent; set MOLT_SHARED.");
        const auto expected = testing::read_fixture(path / "expected.safetensors");
        const at::NoGradGuard no_grad;
        const Checkpoint checkpoint = Checkpoint::load(path, "float64");
        int compared = 0;
        for (std::int64_t i = 0; i < checkpoint.config.num_layers(); ++i) {
            const std::string name = join("mixer.", i, ".");
            if (!expected.contains(name + "in")) continue;
            const auto mixer = make_mixer(checkpoint.config.mixers[static_cast<std::size_t>(i)], checkpoint.config,
                                          checkpoint.params, layer_prefix(checkpoint.config, i));
            const at::Tensor features = mixer->features(expected.at(name + "in"), {}, nullptr);
            if (expected.contains(name + "gated")) {
                compare(name + "gated", features.narrow(1, 0, 16), expected.at(name + "gated"), 1e-10);
            }
            compare(name + "out", mixer->project(features), expected.at(name + "out"), 1e-10);
            ++compared;
        }
        if (compared == 0) QSKIP("This fixture holds no mixer of its own.");
    }

    void what_is_written_is_read_again_data() {
        QTest::addColumn<int>("plan");
        QTest::newRow("transformer") << 0;
        QTest::newRow("mamba1") << 1;
        QTest::newRow("mamba2") << 2;
        QTest::newRow("mixed") << 3;
        QTest::newRow("pure mamba") << 4;
        QTest::newRow("pure mamba2") << 5;
    }
    void what_is_written_is_read_again() {
        QFETCH(int, plan);
        const std::vector<std::vector<MixerKind>> plans{{A, A}, {M1, A}, {M2, M2}, {M1, M2}, {M1, M1}, {M2, M2}};
        const bool pure = plan >= 4;
        const auto& mixers = plans[static_cast<std::size_t>(plan)];
        const TemporaryFolder temporary;
        const HybridModel model =
            pure ? tiny_pure_model(mixers[0], 2, 3, at::kFloat) : tiny_model(mixers, 3, at::kFloat);
        fs::create_directories(temporary.path() / "model");
        Checkpoint::write_files(temporary.path() / "model", model.config(), model.params(), {{"teacher", "somewhere"}});
        const Checkpoint again = Checkpoint::load(temporary.path() / "model");
        QVERIFY(again.config.mixers == mixers);
        QCOMPARE(again.kind, std::string(plan == 0 ? "transformer" : pure ? "pure" : "hybrid"));
        QCOMPARE(again.layout, std::string(plan == 0 || pure ? "hf" : "molt"));
        QCOMPARE(again.params.all().size(), model.params().all().size());
        for (const auto& [name, tensor] : model.params().all())
            QVERIFY2(tensor.equal(again.params.at(name)), name.c_str());
        QCOMPARE(again.provenance.at("teacher").get<std::string>(), std::string("somewhere"));
    }

    void a_weight_that_is_not_finite_is_named() {
        const TemporaryFolder temporary;
        const HybridModel model = tiny_model({A, M2}, 3, at::kFloat);
        ParamSet params = model.params().clone();
        params.at("model.layers.1.mamba.D").select(0, 2).fill_(std::nan(""));
        Checkpoint::write_files(temporary.path(), model.config(), params, nullptr);
        const Error error = expect_error(ErrorCode::BadFile, [&] { Checkpoint::load(temporary.path()); });
        QVERIFY(std::string(error.what()).find("model.layers.1.mamba.D") != std::string::npos);
        QVERIFY(std::string(error.what()).find("model.safetensors") != std::string::npos);
        QVERIFY2(std::string(error.what()).find("element 2 is nan") != std::string::npos, error.what());
    }

    void a_wrong_shape_names_expected_and_found() {
        const TemporaryFolder temporary;
        const HybridModel model = tiny_model({A, A}, 3, at::kFloat);
        Checkpoint::write_files(temporary.path(), model.config(), model.params(), nullptr);
        std::vector<std::pair<std::string, at::Tensor>> tensors(model.params().all().begin(),
                                                                model.params().all().end());
        for (auto& [name, tensor] : tensors) {
            if (name == "model.norm.weight") tensor = tensor.narrow(0, 0, 31);
        }
        write_safetensors(temporary.path() / "model.safetensors", tensors);
        const std::string text = expect_error(ErrorCode::BadFile, [&] { Checkpoint::load(temporary.path()); }).what();
        QVERIFY(text.find("model.norm.weight") != std::string::npos);
        QVERIFY(text.find("(31)") != std::string::npos && text.find("(32)") != std::string::npos);
        QVERIFY2(text.find("/model.safetensors") != std::string::npos, text.c_str());
    }

    void missing_and_superfluous_tensors_are_named() {
        const TemporaryFolder temporary;
        const HybridModel model = tiny_model({A, A}, 3, at::kFloat);
        Checkpoint::write_files(temporary.path(), model.config(), model.params(), nullptr);
        std::vector<std::pair<std::string, at::Tensor>> tensors(model.params().all().begin(),
                                                                model.params().all().end());
        tensors.emplace_back("model.layers.9.mlp.gate_proj.weight", at::full({2, 2}, 1.0));
        write_safetensors(temporary.path() / "model.safetensors", tensors);
        std::string text = expect_error(ErrorCode::BadFile, [&] { Checkpoint::load(temporary.path()); }).what();
        QVERIFY(text.find("model.layers.9.mlp.gate_proj.weight") != std::string::npos);
        QVERIFY(text.find("/model.safetensors") != std::string::npos && text.find("(2, 2)") != std::string::npos);
        tensors.resize(3);
        write_safetensors(temporary.path() / "model.safetensors", tensors);
        text = expect_error(ErrorCode::BadFile, [&] { Checkpoint::load(temporary.path()); }).what();
        QVERIFY(text.find("missing") != std::string::npos && text.find(temporary.path().string()) != std::string::npos);
    }

    void the_wrong_shard_is_named_for_a_wrong_tensor_in_it() {
        const TemporaryFolder temporary;
        const HybridModel model = tiny_model({A, A}, 3, at::kFloat);
        Checkpoint::write_files(temporary.path(), model.config(), model.params(), nullptr);
        fs::remove(temporary.path() / "model.safetensors");
        ParamSet params = model.params();
        params.erase("model.norm.weight");
        params.add("model.norm.weight", at::full({7}, 1.0, at::kFloat));
        WriteOptions options;
        options.shard_bytes = 20000;
        write_weights(temporary.path(), NamedTensors(params.all().begin(), params.all().end()), options);
        const std::string shard = open_weight_files(temporary.path()).at("model.norm.weight").file;
        const std::string text = expect_error(ErrorCode::BadFile, [&] { Checkpoint::load(temporary.path()); }).what();
        QVERIFY2(text.find(shard + ": the tensor model.norm.weight") != std::string::npos, text.c_str());
        QVERIFY2(text.find("(7)") != std::string::npos && text.find("(32)") != std::string::npos, text.c_str());
    }

    void loading_says_how_far_it_is_and_can_give_its_pages_back() {
        const TemporaryFolder temporary;
        write_tiny(temporary.path() / "m", {A, M2});
        std::int64_t done = 0, total = 0, calls = 0;
        LoadOptions options{"stored", true, [&](std::int64_t bytes, std::int64_t of) {
                                QVERIFY(bytes >= done && bytes <= of);
                                done = bytes, total = of, ++calls;
                            }};
        const Checkpoint checkpoint = Checkpoint::load(temporary.path() / "m", options);
        QCOMPARE(done, total);
        QCOMPARE(total, checkpoint.params.num_bytes());
        QCOMPARE(calls, static_cast<std::int64_t>(checkpoint.params.all().size()));
        checkpoint.release_pages();
        const HybridModel model = tiny_model({A, M2}, 3, at::kFloat);
        for (const auto& [name, tensor] : model.params().all())
            QVERIFY2(tensor.equal(checkpoint.params.at(name)), name.c_str());
    }

    void absent_models_and_tokenizers_are_not_found() {
        const TemporaryFolder temporary;
        expect_error(ErrorCode::NotFound, [&] { Checkpoint::load(temporary.path() / "nothing"); });
        expect_error(ErrorCode::NotFound, [&] { Checkpoint::load(temporary.path()); });
        expect_error(ErrorCode::NotFound, [&] { find_tokenizer(temporary.path() / "model.bin", {}); });
        std::ofstream(temporary.path() / "tok512.bin") << "x";
        QCOMPARE(find_tokenizer(temporary.path() / "model.bin", {}), temporary.path() / "tok512.bin");
    }

    void an_unknown_architecture_is_named() {
        const TemporaryFolder temporary;
        write_tiny(temporary.path() / "m", {A});
        std::ofstream(temporary.path() / "m" / "config.json") << R"({"model_type": "gpt2"})";
        const Error error = expect_error(ErrorCode::BadFile, [&] { Checkpoint::load(temporary.path() / "m"); });
        QVERIFY(std::string(error.what()).find("gpt2") != std::string::npos);
    }

    void a_missing_shard_is_named() {
        const TemporaryFolder temporary;
        write_tiny(temporary.path() / "m", {A});
        std::ofstream(temporary.path() / "m" / "model.safetensors.index.json")
            << R"({"weight_map": {"model.norm.weight": "model-00001-of-00002.safetensors"}})";
        const Error error = expect_error(ErrorCode::NotFound, [&] { Checkpoint::load(temporary.path() / "m"); });
        QVERIFY(std::string(error.what()).find("model-00001-of-00002.safetensors") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_checkpoint.moc"
