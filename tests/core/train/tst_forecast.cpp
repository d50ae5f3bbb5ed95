// Forecast of a step's time: positive, without traces in the model, and absent where the trial would be too long.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include "core/train/forecast.h"

#include <QtTest>
#include <map>

#include "core/base/files.h"
#include "core/train/run_plan.h"
#include "tests/support/tiny_world.h"

namespace molt {

class TstForecast : public QObject {
    Q_OBJECT

    TemporaryFolder folder_;
    TinyWorld world_{folder_.path()};

private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void the_trial_leaves_no_trace() {
        const RunConfig config = world_.pretrain(1);
        const RunSetup setup = set_up_run(config, std::nullopt, [](std::string_view, double) {});
        set_trained(setup.student->params(), config.stages[0]);
        std::map<std::string, at::Tensor> before;
        for (const auto& [name, tensor] : setup.student->params().all()) before[name] = tensor.detach().clone();
        const auto seconds = seconds_per_step(config, setup, 0, 1);
        QVERIFY(seconds && *seconds > 0);
        for (const auto& [name, tensor] : setup.student->params().all()) {
            QVERIFY2(tensor.equal(before.at(name)), name.c_str());
            QVERIFY2(!tensor.grad().defined(), name.c_str());
        }
        QCOMPARE(at::get_num_threads(), 1);
    }

    void large_batches_are_tried_in_part_and_giants_not_at_all() {
        RunConfig config = world_.pretrain(1);
        const RunSetup setup = set_up_run(config, std::nullopt, [](std::string_view, double) {});
        set_trained(setup.student->params(), config.stages[0]);
        const double per_token = 6.0 * static_cast<double>(setup.student->params().num_elements());
        const auto length = static_cast<double>(config.stages[0].sequence_length);
        QVERIFY(seconds_per_step(config, setup, 0, 1, per_token * length * 1.5));
        QVERIFY(!seconds_per_step(config, setup, 0, 1, per_token * 8));
    }

    void the_plan_gives_the_time_of_every_stage() {
        RunConfig config = world_.pretrain(10);
        const auto time = [&] { return plan_run(config, folder_.path()).stages[0].seconds; };
        QVERIFY(time() && *time() > 0);
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstForecast)
#include "tst_forecast.moc"
