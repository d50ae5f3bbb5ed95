// Full pipes, broken pipes, and standard descriptors that are closed.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/descriptors.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtTest>
#include <array>
#include <csignal>
#include <vector>

using namespace molt;

class TstDescriptors : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void a_pipe_takes_what_it_promises_until_it_is_full() {
        std::array<int, 2> ends{};
        QCOMPARE(::pipe(ends.data()), 0);
        const std::vector<char> bytes(kAtomicWrite, 'x');
        // Not one of these writes may wait: nobody reads.
        ::alarm(60);
        int writes = 0;
        for (; can_write(ends[1]); ++writes)
            QCOMPARE(::write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        ::alarm(0);
        QVERIFY(writes > 0);
        std::vector<char> taken(kAtomicWrite);
        QCOMPARE(::read(ends[0], taken.data(), taken.size()), static_cast<ssize_t>(taken.size()));
        QVERIFY(can_write(ends[1]));
        ::close(ends[0]);
        // The write fails with EPIPE, which is an answer.
        QVERIFY(can_write(ends[1]));
        ::close(ends[1]);
    }

    void files_are_always_ready() {
        const int null = ::open("/dev/null", O_WRONLY);
        QVERIFY(can_write(null));
        ::close(null);
        QVERIFY(can_write(null));
    }

    void closed_standard_descriptors_are_occupied_and_fail() {
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(0);
            ::close(1);
            ::close(2);
            occupy_standard_descriptors();
            const int file = ::open("/dev/null", O_RDWR);
            char byte = 'x';
            const bool fails = ::write(1, &byte, 1) == -1 && ::write(2, &byte, 1) == -1 && ::read(0, &byte, 1) == -1;
            ::_exit(file > 2 && fails ? 0 : 1);
        }
        int status = 99;
        ::waitpid(child, &status, 0);
        QCOMPARE(WEXITSTATUS(status), 0);
    }

    void open_standard_descriptors_are_left_alone() {
        const pid_t child = ::fork();
        if (child == 0) {
            const int before = ::dup(1);
            occupy_standard_descriptors();
            ::_exit(::fcntl(1, F_GETFL) == ::fcntl(before, F_GETFL) ? 0 : 1);
        }
        int status = 99;
        ::waitpid(child, &status, 0);
        QCOMPARE(WEXITSTATUS(status), 0);
    }
};

QTEST_GUILESS_MAIN(TstDescriptors)
#include "tst_descriptors.moc"
