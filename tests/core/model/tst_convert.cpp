// Initialisation of hybrids: copies are bit for bit the teacher's, random parts follow the official laws, seeds decide.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Parallel.h>
#include <ATen/ops/allclose.h>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/model/checkpoint.h"
#include "core/model/convert.h"
#include "tests/support/expect_error.h"
#include "tests/support/fixtures.h"
#include "tests/support/tiny_model.h"

#include <QtTest>

using namespace molt;
namespace fs = std::filesystem;

namespace {

constexpr MixerKind A = MixerKind::Attention, M1 = MixerKind::Mamba1, M2 = MixerKind::Mamba2;

std::string for_layer(std::string name, std::int64_t layer) {
    const auto at = name.find("{i}");
    return at == std::string::npos ? name : name.replace(at, 3, std::to_string(layer));
}

/// Values lie in [low, high] and, where there are many, come near both ends.
void check_law(const std::string& name, const at::Tensor& value, const json& law) {
    const std::string kind = law.at("distribution");
    if (law.contains("row")) {
        const auto row = law.at("row").get<std::vector<double>>();
        for (std::int64_t i = 0; i < value.size(0); ++i) {
            const at::Tensor found = value.select(0, i).to(at::kDouble);
            for (std::int64_t n = 0; n < found.numel(); ++n) {
                QVERIFY(std::abs(found.select(0, n).item<double>() - row[static_cast<std::size_t>(n)]) < 1e-6);
            }
        }
        return;
    }
    if (!law.contains("low")) return;
    const double low = law.at("low"), high = law.at("high"), width = high - low;
    const double smallest = value.min().item<double>(), largest = value.max().item<double>();
    QVERIFY2(smallest >= low - 1e-6 && largest <= high + 1e-6, name.c_str());
    if (value.numel() < 200) return;
    QVERIFY2(smallest < low + 0.1 * width && largest > high - 0.1 * width, name.c_str());
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void every_initialisation_fixture_holds_data() {
        QTest::addColumn<QString>("file");
        if (!fs::exists(fixture_path("init")))
            QTest::newRow("absent") << "absent";
        else {
            for (const auto& entry : fs::directory_iterator(fixture_path("init"))) {
                const std::string name = entry.path().filename().string();
                QTest::newRow(name.c_str()) << QString::fromStdString(name);
            }
        }
    }
    void every_initialisation_fixture_holds() {
        QFETCH(QString, file);
        const fs::path path = fixture_path("init") / file.toStdString();
        if (!fs::exists(path)) QSKIP("The fixtures are absent; set MOLT_SHARED.");
        const json fixture = read_json_file(path);
        const Checkpoint teacher = Checkpoint::load(path.parent_path() / fixture.at("teacher").get<std::string>());
        ConvertOptions options;
        options.mixers = teacher.config.mixers;
        options.repeat_kv_before_conv = fixture.at("repeat_kv_before_conv").get<bool>();
        const MixerKind kind = parse_mixer(fixture.at("variant").get<std::string>());
        options.mixers[0] = options.mixers[2] = kind;
        const Converted made = convert(teacher.config, teacher.params, options);
        for (const std::int64_t layer : {0, 2}) {
            for (const json& copy : fixture.at("copies")) {
                at::Tensor found = made.params.at(for_layer(copy.at("tensor"), layer));
                if (!copy.at("rows").is_null()) {
                    const auto rows = copy.at("rows").get<std::vector<std::int64_t>>();
                    found = found.narrow(0, rows[0], rows[1] - rows[0]);
                }
                QVERIFY(found.equal(teacher.params.at(for_layer(copy.at("teacher"), layer))));
            }
            for (const auto& [name, law] : fixture.at("new").items()) {
                const std::string tensor = for_layer(name.substr(0, name.find(' ')), layer);
                at::Tensor found = made.params.at(tensor);
                if (law.contains("shape")) {
                    QCOMPARE(found.sizes().vec(), law.at("shape").get<std::vector<std::int64_t>>());
                }
                if (law.contains("rows")) {
                    const auto rows = law.at("rows").get<std::vector<std::int64_t>>();
                    found = found.narrow(0, rows[0], rows[1] - rows[0]);
                }
                check_law(tensor, found, law);
            }
        }
        for (const auto& [name, tensor] : teacher.params.all()) {
            if (name.find(".0.self_attn") != std::string::npos || name.find(".2.self_attn") != std::string::npos)
                continue;
            QVERIFY2(made.params.at(name).is_same(tensor), name.c_str());
        }
    }

    void random_numbers_depend_on_seed_and_name_alone() {
        const ModelConfig teacher = tiny_config({A, A, A});
        const ParamSet params = tiny_teacher(teacher, 1, at::kFloat);
        const auto make = [&](std::vector<MixerKind> plan, std::uint64_t seed) {
            return convert(teacher, params,
                           {.mixers = std::move(plan), .init = "copy", .seed = seed, .repeat_kv_before_conv = {}});
        };
        const Converted all = make({M2, M2, M1}, 4), some = make({A, M2, A}, 4), other = make({A, M2, A}, 5);
        int differing = 0;
        for (const auto& [name, tensor] : some.params.all()) {
            if (name.find(".1.mamba.") == std::string::npos) continue;
            QVERIFY2(tensor.equal(all.params.at(name)), name.c_str());
            differing += !tensor.equal(other.params.at(name));
        }
        QVERIFY(differing >= 4);
        QVERIFY(!all.params.at("model.layers.0.mamba.dt_bias").equal(all.params.at("model.layers.1.mamba.dt_bias")));
    }

    void random_initialisation_copies_nothing_into_the_mixer() {
        const ModelConfig teacher = tiny_config({A, A});
        const ParamSet params = tiny_teacher(teacher, 1, at::kFloat);
        const Converted made =
            convert(teacher, params, {.mixers = {M1, A}, .init = "random", .seed = 1, .repeat_kv_before_conv = {}});
        QVERIFY(!made.params.at("model.layers.0.mamba.out_proj.weight")
                     .equal(params.at("model.layers.0.self_attn.o_proj.weight")));
        QVERIFY(
            made.params.at("model.layers.0.mlp.up_proj.weight").equal(params.at("model.layers.0.mlp.up_proj.weight")));
    }

    void a_hybrid_can_be_converted_further() {
        const ModelConfig teacher = tiny_config({A, A});
        const ParamSet params = tiny_teacher(teacher, 1, at::kFloat);
        const Converted half =
            convert(teacher, params, {.mixers = {M2, A}, .init = "copy", .seed = 1, .repeat_kv_before_conv = {}});
        const Converted whole = convert(half.config, half.params,
                                        {.mixers = {M2, M2}, .init = "copy", .seed = 1, .repeat_kv_before_conv = {}});
        QVERIFY(whole.params.at("model.layers.0.mamba.in_proj.weight")
                    .is_same(half.params.at("model.layers.0.mamba.in_proj.weight")));
        const auto back = [&] {
            convert(half.config, half.params,
                    {.mixers = {A, A}, .init = "copy", .seed = 1, .repeat_kv_before_conv = {}});
        };
        expect_error(ErrorCode::Mismatch, back);
    }

    void wrong_options_are_refused() {
        const ModelConfig teacher = tiny_config({A, A});
        const ParamSet params = tiny_teacher(teacher, 1, at::kFloat);
        expect_error(ErrorCode::BadConfig,
                     [&] { convert(teacher, params, {.mixers = {M2}, .repeat_kv_before_conv = {}}); });
        expect_error(ErrorCode::BadConfig, [&] {
            convert(teacher, params, {.mixers = {M2, A}, .init = "magic", .repeat_kv_before_conv = {}});
        });
    }
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_convert.moc"
