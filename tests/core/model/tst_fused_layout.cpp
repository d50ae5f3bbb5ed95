// Fused projections: splitting undoes joining, and wrong row counts are named.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/fused_layout.h"
#include "core/model/tensor_list.h"
#include "tests/support/expect_error.h"
#include "tests/support/tiny_model.h"

#include <QtTest>

using namespace molt;

namespace {

constexpr MixerKind A = MixerKind::Attention, M1 = MixerKind::Mamba1, M2 = MixerKind::Mamba2;

StoredTensors stored(const ParamSet& params) {
    StoredTensors result;
    for (const auto& [name, tensor] : params.all()) result[name] = {tensor, "model.safetensors"};
    return result;
}

ParamSet fused_model(const HybridModel& model) {
    ParamSet result;
    for (const auto& [name, tensor] : join_fused(model.params(), model.config())) result.add(name, tensor.make());
    return result;
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void splitting_undoes_joining() {
        const HybridModel model = tiny_model({M1, A, M2}, 3, at::kFloat);
        const ParamSet fused = fused_model(model);
        QVERIFY(fused.contains("model.layers.1.mha.in_proj.weight") &&
                fused.contains("model.layers.0.mamba.in_proj.weight"));
        QVERIFY(is_fused(stored(fused), model.config()) && !is_fused(stored(model.params()), model.config()));
        const StoredTensors split = split_fused(stored(fused), model.config());
        QCOMPARE(split.size(), model.params().all().size());
        for (const auto& [name, tensor] : model.params().all())
            QVERIFY2(split.at(name).tensor.equal(tensor), name.c_str());
    }
    void another_number_of_rows_is_named() {
        const HybridModel model = tiny_model({A}, 3, at::kFloat);
        StoredTensors fused = stored(fused_model(model));
        at::Tensor& tensor = fused.at("model.layers.0.mha.in_proj.weight").tensor;
        tensor = tensor.narrow(0, 0, 127);
        const Error error = expect_error(ErrorCode::BadFile, [&] { split_fused(fused, model.config()); });
        QVERIFY(std::string(error.what()).find("127") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_fused_layout.moc"
