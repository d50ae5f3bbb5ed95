// One bad value anywhere, in any element type, is found; everything else is finite.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/finite.h"
#include "tests/support/expect_error.h"

#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <QtTest>
#include <limits>

using namespace molt;

class TstFinite : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void one_bad_value_anywhere_is_found_data() {
        QTest::addColumn<int>("type");
        for (const at::ScalarType type : {at::kDouble, at::kFloat, at::kBFloat16, at::kHalf})
            QTest::newRow(c10::toString(type)) << static_cast<int>(type);
    }
    void one_bad_value_anywhere_is_found() {
        QFETCH(int, type);
        constexpr std::int64_t size = 3 * 4096 + 17;
        const double infinity = std::numeric_limits<double>::infinity();
        at::Tensor values = at::full({size}, -1.5, static_cast<at::ScalarType>(type));
        QVERIFY(all_finite(values));
        for (const std::int64_t place : {std::int64_t{0}, std::int64_t{4095}, std::int64_t{4096}, size - 1}) {
            for (const double bad : {infinity, -infinity, std::numeric_limits<double>::quiet_NaN()}) {
                values[place].fill_(bad);
                QVERIFY2(!all_finite(values), qPrintable(QString("%1 at %2").arg(bad).arg(place)));
            }
            values[place].fill_(1.0);
        }
        QVERIFY(all_finite(values));
    }

    void the_largest_number_is_finite() {
        QVERIFY(all_finite(at::full({5}, std::numeric_limits<float>::max(), at::kFloat)));
        QVERIFY(all_finite(at::full({5}, 65504.0, at::kHalf)));
    }

    void a_refused_weight_names_place_and_value() {
        at::Tensor values = at::full({2, 3}, 1.0, at::kBFloat16);
        check_weight("file: the tensor a", values);
        values[1][2].fill_(std::numeric_limits<double>::infinity());
        const std::string text =
            expect_error(ErrorCode::BadFile, [&] { check_weight("file: the tensor a", values); }).what();
        QVERIFY2(text.starts_with("file: the tensor a") && text.find("element 5 is inf") != std::string::npos,
                 text.c_str());
        expect_error(ErrorCode::BadFile, [] { check_weight("a", at::full({5}, -1, at::kLong)); });
    }

    void whole_numbers_and_empty_tensors_are_finite() {
        QVERIFY(all_finite(at::full({5}, -1, at::kLong)));
        QVERIFY(all_finite(at::zeros({0, 3}, at::kFloat)));
    }
};

QTEST_GUILESS_MAIN(TstFinite)
#include "tst_finite.moc"
