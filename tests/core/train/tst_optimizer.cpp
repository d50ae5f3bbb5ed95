// Tests of core/train/optimizer.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "core/train/optimizer.h"

#include <QtTest>
#include <cmath>
#include <filesystem>
#include <limits>

#include "core/base/json.h"
#include "core/model/safetensors.h"
#include "tests/support/expect_error.h"
#include "tests/support/fixtures.h"

namespace molt {

namespace {

bool close(const at::Tensor& a, const at::Tensor& b) { return at::allclose(a, b, 1e-10, 1e-10); }

NamedTensors one(const std::string& name, at::Tensor value) {
    NamedTensors parameters;
    parameters.emplace_back(name, std::move(value));
    return parameters;
}

}  // namespace

class TstOptimizer : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void the_fixtures_are_matched_data() {
        QTest::addColumn<QString>("group");
        for (const char* name : {"adamw", "adamw_clip", "adamw_groups", "adam_official_stage1", "adamw_schedule"}) {
            QTest::newRow(name) << name;
        }
    }
    void the_fixtures_are_matched() {
        const auto folder = fixture_path("optim");
        if (!std::filesystem::exists(folder)) QSKIP("no shared fixtures");
        QFETCH(QString, group);
        const std::string name = group.toStdString();
        const json facts = read_json_file(folder / "optim.json")["groups"][name];
        const SafetensorsFile file = SafetensorsFile::open(folder / "optim.safetensors");

        // The fixtures decay every tensor except in the case that tests groups: there b and s have one dimension.
        const bool decays_all = name != "adamw_groups";
        NamedTensors parameters;
        for (const char* key : {"w", "b", "s"}) {
            at::Tensor start = file.tensor(std::string("start.") + key).clone();
            if (decays_all) start = start.view({start.size(0), -1});
            parameters.emplace_back(key, start);
        }
        AdamWOptions options{.beta1 = facts["betas"][0], .beta2 = facts["betas"][1], .epsilon = facts["eps"]};
        options.weight_decay = decays_all ? facts["weight_decay"] : facts["weight_decay"]["w"];
        AdamW optimizer(parameters, options);
        for (int step = 0; step < 5; ++step) {
            const std::string prefix = name + "." + std::to_string(step) + ".";
            for (auto& [key, parameter] : parameters) {
                const at::Tensor gradient = file.tensor("grad." + std::to_string(step) + "." + key).clone();
                parameter.mutable_grad() = gradient.view(parameter.sizes());
            }
            const double clip = facts["clip_norm"].is_null() ? 0.0 : facts["clip_norm"].get<double>();
            const double norm = clip_gradients(parameters, clip);
            if (file.contains(prefix + "global_norm")) {
                QVERIFY(std::abs(norm - file.tensor(prefix + "global_norm").item<double>()) < 1e-10);
            }
            optimizer.step(facts["lr"].is_array() ? facts["lr"][static_cast<std::size_t>(step)].get<double>()
                                                  : facts["lr"].get<double>());
            for (const auto& [key, parameter] : parameters) {
                if (!file.contains(prefix + key)) continue;
                QVERIFY2(close(parameter.flatten(), file.tensor(prefix + key).flatten()), (prefix + key).c_str());
            }
        }
        StateArchive archive;
        optimizer.save(archive);
        for (const char* key : {"w", "b", "s"}) {
            const auto& mean = archive.tensors.at(std::string("optimizer/mean/") + key);
            const auto& square = archive.tensors.at(std::string("optimizer/square/") + key);
            QVERIFY(close(mean.flatten(), file.tensor(name + ".exp_avg." + key).flatten()));
            QVERIFY(close(square.flatten(), file.tensor(name + ".exp_avg_sq." + key).flatten()));
        }
    }

    void only_matrices_decay() {
        QVERIFY(is_decayed("model.layers.0.mlp.up_proj.weight", at::ones({2, 3})));
        QVERIFY(!is_decayed("model.norm.weight", at::ones({3})));
        QVERIFY(!is_decayed("model.layers.0.mamba.A_log", at::ones({2, 3})));
        QVERIFY(!is_decayed("model.layers.0.mamba.conv1d.weight", at::ones({2, 1, 4})));
    }

    void the_first_step_moves_by_the_learning_rate() {
        at::Tensor parameter = at::zeros({3}, at::kDouble);
        parameter.mutable_grad() = at::tensor({-5.0, 0.25, 1000.0}, at::kDouble);
        AdamW optimizer(one("x", parameter), {});
        optimizer.step(0.1);
        QVERIFY(at::allclose(parameter, at::tensor({0.1, -0.1, -0.1}, at::kDouble), 1e-6, 1e-6));
    }

    void a_parameter_without_a_gradient_stays() {
        at::Tensor moved = at::ones({2}), still = at::ones({2});
        NamedTensors parameters = one("moved", moved);
        parameters.emplace_back("still", still);
        AdamW optimizer(parameters, {.weight_decay = 0.5});
        moved.mutable_grad() = at::ones({2});
        optimizer.step(0.1);
        optimizer.clear_gradients();
        QVERIFY(at::equal(still, at::ones({2})));
        QVERIFY(!at::equal(moved, at::ones({2})));
        QVERIFY(!moved.grad().defined());
    }

    void a_restored_optimizer_goes_on_bit_for_bit() {
        at::Tensor a = at::ones({4, 4}), b = at::ones({4, 4});
        AdamW first(one("x", a), {.weight_decay = 0.1});
        const auto step = [](AdamW& optimizer, at::Tensor& parameter, int i) {
            parameter.mutable_grad() = at::full({4, 4}, std::sin(i + 1.0));
            optimizer.step(0.01);
        };
        for (int i = 0; i < 5; ++i) step(first, a, i);
        StateArchive archive;
        first.save(archive);
        for (auto& [key, tensor] : archive.tensors) tensor = tensor.clone();
        b.copy_(a);
        AdamW second(one("x", b), {.weight_decay = 0.1});
        second.load(archive);
        for (int i = 5; i < 10; ++i) {
            step(first, a, i);
            step(second, b, i);
        }
        QVERIFY(at::equal(a, b));
    }

    void state_of_other_parameters_is_refused() {
        AdamW first(one("x", at::ones({4})), {});
        StateArchive archive;
        first.save(archive);
        AdamW other_name(one("y", at::ones({4})), {}), other_shape(one("x", at::ones({5})), {});
        expect_error(ErrorCode::Mismatch, [&] { other_name.load(archive); });
        expect_error(ErrorCode::Mismatch, [&] { other_shape.load(archive); });
    }

    void clipping_scales_all_gradients_alike() {
        at::Tensor a = at::zeros({1}), b = at::zeros({1});
        a.mutable_grad() = at::full({1}, 3.0);
        b.mutable_grad() = at::full({1}, 4.0);
        NamedTensors parameters = one("a", a);
        parameters.emplace_back("b", b);
        QCOMPARE(clip_gradients(parameters, 10.0), 5.0);
        QCOMPARE(a.grad().item<double>(), 3.0);
        QCOMPARE(clip_gradients(parameters, 1.0), 5.0);
        QVERIFY(std::abs(a.grad().item<double>() - 0.6) < 1e-5);
        QVERIFY(std::abs(b.grad().item<double>() - 0.8) < 1e-5);
    }

    void a_norm_that_is_not_finite_scales_nothing() {
        at::Tensor a = at::zeros({2});
        a.mutable_grad() = at::tensor({2.0F, std::numeric_limits<float>::infinity()});
        QVERIFY(!std::isfinite(clip_gradients(one("a", a), 1.0)));
        QCOMPARE(a.grad()[0].item<float>(), 2.0F);
        QCOMPARE(clip_gradients({}, 1.0), 0.0);
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstOptimizer)
#include "tst_optimizer.moc"
