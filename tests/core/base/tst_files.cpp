// Files: reads with limits, and writes that appear whole or not at all, also when the disk refuses.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtTest>
#include <set>

#include "tests/support/expect_error.h"

using namespace molt;
namespace fs = std::filesystem;

namespace {

std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
    return names;
}

/// Runs `action` in another process, where limits and identity may be changed; true if it returned true.
bool in_child(const std::function<bool()>& action) {
    const pid_t child = ::fork();
    if (child == 0) {
        bool good = false;
        try {
            good = action();
        } catch (const std::exception& error) {
            qWarning("%s", error.what());
        }
        ::_exit(good ? 0 : 1);
    }
    int status = 1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// Files larger than this cannot be written by this process, as on a full disk.
void limit_file_size(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
}

}  // namespace

class TstFiles : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void bytes_come_back_as_written() {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "f";
        std::string bytes("\0\xFF line\n", 8);
        bytes += std::string(100000, 'x');
        write_file(file, bytes);
        QVERIFY(read_file(file) == bytes);
        write_file(file, "");
        QVERIFY(read_file(file).empty());
        QVERIFY(names_in(folder.path()) == std::set<std::string>{"f"});
    }

    void what_cannot_be_read_is_named() {
        const TemporaryFolder folder;
        const Error missing = expect_error(ErrorCode::NotFound, [&] { read_file(folder.path() / "none"); });
        QVERIFY(std::string(missing.what()).find("none") != std::string::npos);
        QVERIFY(!missing.hint().empty());
        expect_error(ErrorCode::NotFound, [&] { read_file(folder.path()); });
        expect_error(ErrorCode::NotFound, [&] { MappedFile::open(folder.path()); });
        expect_error(ErrorCode::NotFound, [&] { MappedFile::open(folder.path() / "none"); });
        write_file(folder.path() / "big", std::string(11, 'x'));
        expect_error(ErrorCode::BadFile, [&] { read_file(folder.path() / "big", 10); });
        QCOMPARE(read_file(folder.path() / "big", 11).size(), std::size_t{11});
    }

    void a_pipe_is_not_a_file() {
        const TemporaryFolder folder;
        const fs::path pipe = folder.path() / "pipe";
        QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
        expect_error(ErrorCode::NotFound, [&] { read_file(pipe); });
        expect_error(ErrorCode::NotFound, [&] { MappedFile::open(pipe); });
    }

    void maps_show_the_whole_file() {
        const TemporaryFolder folder;
        write_file(folder.path() / "f", "hello");
        write_file(folder.path() / "empty", "");
        const auto map = MappedFile::open(folder.path() / "f");
        QCOMPARE(map->bytes().size(), std::size_t{5});
        QCOMPARE(static_cast<char>(map->bytes()[4]), 'o');
        QVERIFY(MappedFile::open(folder.path() / "empty")->bytes().empty());
    }

    void a_full_disk_leaves_the_old_file_and_no_scraps() {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "f";
        write_file(file, "old");
        QVERIFY(in_child([&] {
            limit_file_size(1000);
            const Error error = expect_error(ErrorCode::WriteFailed, [&] { write_file(file, std::string(5000, 'x')); });
            return !error.hint().empty();
        }));
        QCOMPARE(read_file(file), std::string("old"));
        QVERIFY(names_in(folder.path()) == std::set<std::string>{"f"});
    }

    void a_read_only_folder_is_refused() {
        const TemporaryFolder folder;
        ::chmod(folder.path().c_str(), 0555);
        QVERIFY(in_child([&] {
            // Permissions do not bind root.
            if (::geteuid() == 0 && ::setuid(65534) != 0) return false;
            expect_error(ErrorCode::WriteFailed, [&] { write_file(folder.path() / "f", "x"); });
            expect_error(ErrorCode::WriteFailed, [&] { check_output_path(folder.path() / "out", false); });
            expect_error(ErrorCode::WriteFailed,
                         [&] { publish_folder(folder.path() / "out", false, [](const fs::path&) {}); });
            return true;
        }));
        ::chmod(folder.path().c_str(), 0755);
        QVERIFY(names_in(folder.path()).empty());
    }

    void writing_into_no_folder_is_refused() {
        const TemporaryFolder folder;
        expect_error(ErrorCode::WriteFailed, [&] { write_file(folder.path() / "none" / "f", "x"); });
        expect_error(ErrorCode::WriteFailed, [&] { check_output_path(folder.path() / "none" / "f", false); });
    }

    void a_folder_appears_whole() {
        const TemporaryFolder folder;
        const fs::path target = folder.path() / "model";
        publish_folder(target, false, [&](const fs::path& partial) {
            QVERIFY(!fs::exists(target));
            write_file(partial / "a", "1");
            fs::create_directory(partial / "sub");
            write_file(partial / "sub" / "b", "2");
        });
        QCOMPARE(read_file(target / "sub" / "b"), std::string("2"));
        QVERIFY(names_in(folder.path()) == std::set<std::string>{"model"});
    }

    void a_folder_that_fails_leaves_nothing() {
        const TemporaryFolder folder;
        const fs::path target = folder.path() / "model";
        const auto failing = [](const fs::path& partial) {
            write_file(partial / "a", "1");
            fail(ErrorCode::NonFinite, "no");
        };
        expect_error(ErrorCode::NonFinite, [&] { publish_folder(target, false, failing); });
        QVERIFY(names_in(folder.path()).empty());
        publish_folder(target, false, [](const fs::path& partial) { write_file(partial / "old", "1"); });
        expect_error(ErrorCode::NonFinite, [&] { publish_folder(target, true, failing); });
        QVERIFY(names_in(target) == std::set<std::string>{"old"});
        QVERIFY(names_in(folder.path()) == std::set<std::string>{"model"});
    }

    void what_killed_programs_left_is_cleared_and_living_ones_keep_theirs() {
        const TemporaryFolder folder;
        const fs::path target = folder.path() / "model";
        const pid_t dead = ::fork();
        if (dead == 0) ::_exit(0);
        ::waitpid(dead, nullptr, 0);
        const std::string living = "model.partial-" + std::to_string(::getppid());
        for (const std::string& name :
             {"model.partial-" + std::to_string(dead), living, std::string("model.partial-x")})
            fs::create_directory(folder.path() / name);
        publish_folder(target, false, [](const fs::path& partial) { write_file(partial / "a", "1"); });
        QVERIFY(names_in(folder.path()) == (std::set<std::string>{"model", living, "model.partial-x"}));
    }

    void an_existing_folder_is_replaced_only_when_asked_and_as_a_whole() {
        const TemporaryFolder folder;
        const fs::path target = folder.path() / "model";
        publish_folder(target, false, [](const fs::path& partial) { write_file(partial / "old", "1"); });
        bool called = false;
        const Error error = expect_error(
            ErrorCode::Usage, [&] { publish_folder(target, false, [&](const fs::path&) { called = true; }); });
        QVERIFY(error.hint().find("--overwrite") != std::string::npos);
        QVERIFY(!called);
        // A trailing slash is the same folder.
        publish_folder(target / "", true, [](const fs::path& partial) { write_file(partial / "new", "2"); });
        QVERIFY(names_in(target) == std::set<std::string>{"new"});
        QVERIFY(names_in(folder.path()) == std::set<std::string>{"model"});
    }

    void a_file_in_the_way_counts_as_existing() {
        const TemporaryFolder folder;
        write_file(folder.path() / "f", "x");
        expect_error(ErrorCode::Usage, [&] { check_output_path(folder.path() / "f", false); });
        check_output_path(folder.path() / "f", true);
        fs::create_symlink("nowhere", folder.path() / "dangling");
        expect_error(ErrorCode::Usage, [&] { check_output_path(folder.path() / "dangling", false); });
    }

    void a_temporary_folder_goes_with_everything_in_it() {
        fs::path path;
        {
            const TemporaryFolder folder;
            path = folder.path();
            fs::create_directory(path / "sub");
            write_file(path / "sub" / "f", "x");
        }
        QVERIFY(!fs::exists(path));
    }
};

QTEST_GUILESS_MAIN(TstFiles)
#include "tst_files.moc"
