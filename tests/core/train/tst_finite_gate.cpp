// Tests of core/train/finite_gate.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>

#include "core/train/finite_gate.h"

#include <QtTest>
#include <limits>
#include <vector>

#include "core/base/log.h"
#include "tests/support/expect_error.h"

namespace molt {

namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();
const double kInfinity = std::numeric_limits<double>::infinity();

std::vector<Batch> batches() {
    Batch batch;
    batch.ids_BT = at::arange(100, 140, at::kLong).view({2, 20});
    return {batch};
}

}  // namespace

class TstFiniteGate : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void finite_steps_pass() {
        FiniteGate gate;
        QVERIFY(gate.admit(1.0, 2.0, 1, batches()));
        QCOMPARE(gate.skipped(), std::int64_t{0});
    }

    void a_skipped_step_is_logged_with_its_rows() {
        std::string logged;
        log::set_observer([&](log::Level, std::string_view, std::string_view text) { logged = text; });
        FiniteGate gate;
        QVERIFY(!gate.admit(1.0, kInfinity, 7, batches()));
        log::set_observer({});
        QVERIFY2(logged.find("Step 7") != std::string::npos, logged.c_str());
        QVERIFY2(logged.find("[100 101") != std::string::npos && logged.find("[120 121") != std::string::npos,
                 logged.c_str());
    }

    void three_in_a_row_end_the_run() {
        FiniteGate gate;
        QVERIFY(!gate.admit(kNaN, 1.0, 1, batches()));
        QVERIFY(!gate.admit(kNaN, 1.0, 2, batches()));
        const Error error = expect_error(ErrorCode::NonFinite, [&] { gate.admit(kNaN, 1.0, 3, batches()); });
        QVERIFY2(std::string(error.what()).find("Step 3") != std::string::npos, error.what());
    }

    void ten_in_all_end_the_run() {
        FiniteGate gate;
        for (int i = 1; i < 10; ++i) {
            QVERIFY(!gate.admit(kNaN, 1.0, i, batches()));
            QVERIFY(gate.admit(1.0, 1.0, i, batches()));
        }
        expect_error(ErrorCode::NonFinite, [&] { gate.admit(kNaN, 1.0, 10, batches()); });
    }

    void counts_survive_a_checkpoint() {
        FiniteGate gate;
        gate.admit(kNaN, 1.0, 1, batches());
        gate.admit(kNaN, 1.0, 2, batches());
        StateArchive archive;
        gate.save(archive);
        FiniteGate other;
        other.load(archive);
        QCOMPARE(other.skipped(), std::int64_t{2});
        expect_error(ErrorCode::NonFinite, [&] { other.admit(kNaN, 1.0, 3, batches()); });
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstFiniteGate)
#include "tst_finite_gate.moc"
