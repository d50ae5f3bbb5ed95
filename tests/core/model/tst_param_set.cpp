// ParamSet: near names, freezing by glob, casts that share and copies that do not.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ops/ones.h>

#include "core/model/param_set.h"
#include "tests/support/expect_error.h"

#include <QtTest>

using namespace molt;

namespace {

ParamSet three() {
    ParamSet params;
    params.add("model.layers.0.mlp.up_proj.weight", at::ones({2, 3}));
    params.add("model.layers.0.mamba.D", at::ones({4}));
    params.add("model.norm.weight", at::ones({2}));
    return params;
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void a_missing_name_leads_to_the_nearest() {
        const ParamSet params = three();
        const Error error = expect_error(ErrorCode::BadFile, [&] { params.at("model.norm.weights"); });
        QVERIFY(error.hint().find("model.norm.weight") != std::string::npos);
    }
    void globs_train_and_freeze() {
        ParamSet params = three();
        const std::vector<std::string> trained{"*"}, frozen{"*.mlp.*", "lm_head*"};
        QCOMPARE(params.set_trainable(trained, frozen), (std::vector<std::string>{"lm_head*"}));
        QCOMPARE(params.trainable().size(), std::size_t{2});
        QVERIFY(!params.at("model.layers.0.mlp.up_proj.weight").requires_grad());
        params.set_trainable({}, {});
        QVERIFY(params.trainable().empty());
    }
    void casts_share_what_has_the_type_already() {
        const ParamSet params = three();
        QVERIFY(params.to(at::kFloat).at("model.norm.weight").is_same(params.at("model.norm.weight")));
        QCOMPARE(params.to(at::kDouble).num_bytes(), 2 * params.num_bytes());
        QCOMPARE(params.num_elements(), std::int64_t{12});
    }
    void copies_are_independent() {
        const ParamSet params = three(), copy = params.clone();
        copy.at("model.norm.weight").zero_();
        QCOMPARE(params.at("model.norm.weight").sum().item<float>(), 2.0F);
    }
    void a_name_is_added_once() {
        ParamSet params = three();
        expect_error(ErrorCode::Internal, [&] { params.add("model.norm.weight", at::ones({1})); });
    }
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_param_set.moc"
