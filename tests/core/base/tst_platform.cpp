// Facts about processes and folders, checked against what can be seen from outside.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/platform.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QCoreApplication>
#include <QtTest>

#include "core/base/files.h"
#include "tests/support/expect_error.h"

using namespace molt;
namespace fs = std::filesystem;

class TstPlatform : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void a_process_has_one_identity_for_life() {
        const std::string self = process_identity(current_pid());
        QVERIFY(self.find('/') != std::string::npos);
        QCOMPARE(process_identity(current_pid()), self);
        QVERIFY(process_identity(1) != self);
        QVERIFY(process_identity(0).empty());
        QVERIFY(process_identity(-5).empty());
        QVERIFY(process_identity(std::int64_t{1} << 40).empty());
    }

    void a_dead_process_has_no_identity_even_before_it_is_buried() {
        const pid_t child = ::fork();
        if (child == 0) {
            ::pause();
            ::_exit(0);
        }
        QVERIFY(!process_identity(child).empty());
        ::kill(child, SIGKILL);
        siginfo_t info;
        ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
        QVERIFY(process_identity(child).empty());
        ::waitpid(child, nullptr, 0);
        QVERIFY(process_identity(child).empty());
    }

    void user_folders_follow_the_environment() {
        qputenv("XDG_DATA_HOME", "/data");
        qunsetenv("MOLT_DB");
        QCOMPARE(default_database_path(), fs::path("/data/molt/molt.db"));
        qunsetenv("XDG_DATA_HOME");
        qputenv("HOME", "/home/me");
        QCOMPARE(user_data_folder(), fs::path("/home/me/.local/share/molt"));
        qputenv("MOLT_DB", "/else/x.db");
        QCOMPARE(default_database_path(), fs::path("/else/x.db"));
        qunsetenv("MOLT_DB");
    }

    void resources_are_found_in_their_order() {
        const TemporaryFolder folder;
        qputenv("MOLT_RESOURCES", QByteArray::fromStdString(folder.path().string()));
        // What is not there is taken from the next place: the source tree of this build.
        QVERIFY(fs::exists(resource_path("schema/0001_initial.sql")));
        fs::create_directory(folder.path() / "schema");
        write_file(folder.path() / "schema" / "0001_initial.sql", "x");
        QCOMPARE(resource_path("schema/0001_initial.sql"), folder.path() / "schema" / "0001_initial.sql");
        qunsetenv("MOLT_RESOURCES");
        const Error error = expect_error(ErrorCode::NotFound, [] { resource_path("no/such/thing"); });
        QVERIFY(std::string(error.what()).find("no/such/thing") != std::string::npos);
    }

    void the_executable_is_where_it_is() {
        QCOMPARE(executable_folder(), fs::path(QCoreApplication::applicationDirPath().toStdString()));
    }

    void children_wait_asleep_unless_the_user_says_otherwise() {
        qputenv("OMP_WAIT_POLICY", "active");
        make_children_wait_asleep();
        QCOMPARE(qgetenv("OMP_WAIT_POLICY"), QByteArray("active"));
        qunsetenv("OMP_WAIT_POLICY");
        make_children_wait_asleep();
        QCOMPARE(qgetenv("OMP_WAIT_POLICY"), QByteArray("passive"));
    }

    void disks_and_memory_have_sizes() {
        const TemporaryFolder folder;
        QVERIFY(!on_network_filesystem(folder.path()));
        QVERIFY(free_disk_bytes(folder.path()) > 0);
        QVERIFY(free_disk_bytes(folder.path() / "not" / "yet") > 0);
        const std::int64_t before = peak_resident_bytes();
        QVERIFY(before > 1 << 20);
        std::vector<char> block(std::size_t{64} << 20, 1);
        QVERIFY(block[block.size() / 2] == 1);
        QVERIFY(peak_resident_bytes() >= before);
        QVERIFY(wall_clock() > 1.6e9);
        const double first = steady_clock();
        QVERIFY(steady_clock() >= first);
    }
};

QTEST_GUILESS_MAIN(TstPlatform)
#include "tst_platform.moc"
