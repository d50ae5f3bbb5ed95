// Errors: codes are exit statuses with stable names, and foreign exceptions become one of them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

#include <QtTest>
#include <new>
#include <set>

#include "tests/support/expect_error.h"

using namespace molt;

namespace {

template <class Thrown>
Failure described(const Thrown& thrown) {
    try {
        throw thrown;
    } catch (...) {
        return describe_current_exception();
    }
}

}  // namespace

class TstError : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void codes_are_the_exit_statuses_of_the_command_line() {
        QCOMPARE(static_cast<int>(ErrorCode::Usage), 2);
        QCOMPARE(static_cast<int>(ErrorCode::NotFound), 3);
        QCOMPARE(static_cast<int>(ErrorCode::BadFile), 4);
        QCOMPARE(static_cast<int>(ErrorCode::BadConfig), 5);
        QCOMPARE(static_cast<int>(ErrorCode::Mismatch), 6);
        QCOMPARE(static_cast<int>(ErrorCode::OutOfMemory), 7);
        QCOMPARE(static_cast<int>(ErrorCode::WriteFailed), 8);
        QCOMPARE(static_cast<int>(ErrorCode::NonFinite), 9);
        QCOMPARE(static_cast<int>(ErrorCode::Device), 10);
        QCOMPARE(static_cast<int>(ErrorCode::Database), 11);
        QCOMPARE(static_cast<int>(ErrorCode::Busy), 12);
        QCOMPARE(static_cast<int>(ErrorCode::Stopped), 130);
    }

    void names_of_codes_are_distinct() {
        std::set<std::string_view> names;
        for (const int code : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 130}) names.insert(code_name(ErrorCode(code)));
        QCOMPARE(names.size(), std::size_t{13});
        QCOMPARE(code_name(ErrorCode::BadConfig), std::string_view("bad_config"));
    }

    void our_own_errors_pass_unchanged() {
        const Failure failure = described(Error(ErrorCode::Busy, "message", "hint"));
        QVERIFY(failure.code == ErrorCode::Busy);
        QCOMPARE(failure.message, std::string("message"));
        QCOMPARE(failure.hint, std::string("hint"));
    }

    void every_failure_says_what_to_do_next() {
        for (const int code : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 130})
            QVERIFY(!described(Error(ErrorCode(code), "message")).hint.empty());
    }

    void lack_of_memory_is_recognised() {
        QVERIFY(described(std::bad_alloc()).code == ErrorCode::OutOfMemory);
        const std::runtime_error torch(
            "[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: can't allocate memory: "
            "you tried to allocate 1 bytes. Error code 12\nframe #0: x");
        QVERIFY(described(torch).code == ErrorCode::OutOfMemory);
        QVERIFY(described(std::runtime_error("CUDA out of memory. Tried")).code == ErrorCode::OutOfMemory);
        QVERIFY(!described(std::bad_alloc()).hint.empty());
    }

    void foreign_exceptions_keep_their_first_line() {
        const Failure failure = described(std::runtime_error("first\nframe #0: stack"));
        QVERIFY(failure.code == ErrorCode::Internal);
        QCOMPARE(failure.message, std::string("first"));
        QVERIFY(described(42).code == ErrorCode::Internal);
    }

    void assertions_say_what_and_where() {
        MOLT_ASSERT(1 + 1 == 2);
        const Error error = expect_error(ErrorCode::Internal, [] { MOLT_ASSERT(1 + 1 == 3); });
        QVERIFY(std::string(error.what()).find("1 + 1 == 3") != std::string::npos);
        QVERIFY(std::string(error.what()).find("tst_error.cpp") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TstError)
#include "tst_error.moc"
