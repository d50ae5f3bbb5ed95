// The SQLite file itself: settings, migrations, refusals, copies.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/database.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtTest>
#include <filesystem>

#include "core/base/files.h"
#include "core/base/text.h"
#include "tests/support/expect_error.h"

using namespace molt;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kOne{"CREATE TABLE a (x INTEGER);"};
const std::vector<std::string> kTwo{kOne[0], "CREATE TABLE b (y INTEGER); INSERT INTO b SELECT x * 2 FROM a;"};

std::int64_t number(Database& db, const std::string& sql) {
    Rows rows(db.statement(sql));
    rows.next();
    return rows[0].getInt64();
}

void insert(Database& db, std::int64_t value) {
    db.write([&] {
        auto& statement = db.statement("INSERT INTO a (x) VALUES (?)");
        statement.bind(1, value);
        statement.exec();
    });
}

/// The refusal that opening must meet; every one has a hint.
std::string refused(const fs::path& file, const std::vector<std::string>& migrations) {
    const Error error = expect_error(ErrorCode::Database, [&] { Database(file, migrations); });
    if (error.hint().empty()) throw std::logic_error("a refusal without a hint");
    return error.what();
}

}  // namespace

class TstDatabase : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void a_new_file_is_made_with_its_folder_and_settings() {
        const TemporaryFolder folder;
        Database db(folder.path() / "deep" / "er" / "m.db", kTwo);
        Rows mode(db.statement("PRAGMA journal_mode"));
        mode.next();
        QCOMPARE(mode[0].getString(), std::string("wal"));
        QCOMPARE(number(db, "PRAGMA synchronous"), 1);
        QCOMPARE(number(db, "PRAGMA foreign_keys"), 1);
        QCOMPARE(number(db, "PRAGMA user_version"), 2);
        QVERIFY(db.integrity_problems().empty());
    }

    void the_schema_of_the_product_is_valid() {
        const TemporaryFolder folder;
        Database db(folder.path() / "m.db", schema_migrations());
        QCOMPARE(number(db, "PRAGMA user_version"), static_cast<std::int64_t>(schema_migrations().size()));
        QVERIFY(number(db, "SELECT count(*) FROM sqlite_master WHERE name IN ('run', 'event', 'point')") == 3);
    }

    void an_older_file_is_migrated_and_copied_before() {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "m.db";
        {
            Database db(file, kOne);
            insert(db, 21);
        }
        Database db(file, kTwo);
        QCOMPARE(number(db, "SELECT y FROM b"), 42);
        Database copy(folder.path() / "m.db.v1", kOne);
        QCOMPARE(number(copy, "SELECT x FROM a"), 21);
    }

    void a_failed_migration_leaves_the_version_before() {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "m.db";
        { Database db(file, kOne); }
        const std::vector<std::string> broken{kOne[0], "CREATE TABLE b (y); SELECT * FROM nowhere;"};
        refused(file, broken);
        Database db(file, kOne);
        QCOMPARE(number(db, "SELECT count(*) FROM sqlite_master WHERE name = 'b'"), 0);
    }

    void a_newer_file_is_refused_and_unchanged() {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "m.db";
        { Database db(file, kTwo); }
        const std::string before = read_file(file);
        const std::string message = refused(file, kOne);
        QVERIFY(message.find("newer") != std::string::npos);
        QVERIFY(read_file(file) == before);
        { Database db(file, kTwo); }
    }

    void files_that_are_not_ours_are_refused_and_unchanged() {
        const TemporaryFolder folder;
        const fs::path text = folder.path() / "text.db";
        const std::string novel(5000, 'x');
        write_file(text, novel);
        QVERIFY(refused(text, kOne).find("damaged") != std::string::npos);
        QVERIFY(read_file(text) == novel);
        const fs::path foreign = folder.path() / "foreign.db";
        { SQLite::Database(foreign.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE t (x)"); }
        const std::string before = read_file(foreign);
        QVERIFY(refused(foreign, kOne).find("another program") != std::string::npos);
        QVERIFY(read_file(foreign) == before);
        refused(folder.path(), kOne);
    }

    void a_damaged_file_is_refused_or_found_by_the_check() {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "m.db";
        {
            Database db(file, kOne);
            for (int i = 0; i < 3; ++i) insert(db, i);
        }
        std::string bytes = read_file(file);
        // The first page holds the schema, the second the table's rows.
        std::string no_schema = bytes;
        std::fill(no_schema.begin() + 100, no_schema.begin() + 4096, '\xAA');
        write_file(file, no_schema);
        QVERIFY(refused(file, kOne).find("damaged") != std::string::npos);
        std::string no_rows = bytes;
        std::fill(no_rows.begin() + 4096, no_rows.begin() + 8192, '\xAA');
        write_file(file, no_rows);
        Database db(file, kOne);
        QVERIFY(!db.integrity_problems().empty());
        expect_error(ErrorCode::Database, [&] { db.read([&] { return number(db, "SELECT sum(x) FROM a"); }); });
    }

    void a_truncated_file_is_refused() {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "m.db";
        {
            Database db(file, kOne);
            insert(db, 1);
        }
        fs::resize_file(file, 1000);
        refused(file, kOne);
    }

    void read_only_places_are_refused() {
        // Permissions do not bind root, so a child gives its rights up.
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "m.db";
        { Database db(file, kOne); }
        ::chmod(folder.path().c_str(), 0755);
        ::chmod(file.c_str(), 0644);
        const pid_t child = ::fork();
        if (child == 0) {
            bool good = ::geteuid() != 0 || (::setgid(65534) == 0 && ::setuid(65534) == 0);
            try {
                refused(file, kOne);
                refused(folder.path() / "new.db", kOne);
                refused(folder.path() / "sub" / "new.db", kOne);
            } catch (const std::exception& error) {
                qWarning("%s", error.what());
                good = false;
            }
            ::_exit(good ? 0 : 1);
        }
        if (::geteuid() != 0) ::chmod(folder.path().c_str(), 0555);
        int status = 1;
        ::waitpid(child, &status, 0);
        ::chmod(folder.path().c_str(), 0755);
        QCOMPARE(WEXITSTATUS(status), 0);
    }

    void a_copy_is_whole_and_never_replaces_a_file() {
        const TemporaryFolder folder;
        Database db(folder.path() / "m.db", kOne);
        insert(db, 7);
        const fs::path target = folder.path() / "copy.db";
        db.backup(target);
        Database copy(target, kOne);
        QCOMPARE(number(copy, "SELECT x FROM a"), 7);
        QVERIFY(copy.integrity_problems().empty());
        expect_error(ErrorCode::Usage, [&] { db.backup(target); });
        expect_error(ErrorCode::Database, [&] { db.backup(folder.path() / "none" / "copy.db"); });
        for (const auto& entry : fs::directory_iterator(folder.path()))
            QVERIFY2(entry.path().string().find("partial") == std::string::npos, entry.path().c_str());
    }

    void an_exception_rolls_the_transaction_back() {
        const TemporaryFolder folder;
        Database db(folder.path() / "m.db", kOne);
        expect_error(ErrorCode::Busy, [&] {
            db.write([&] {
                db.connection().exec("INSERT INTO a VALUES (1)");
                fail(ErrorCode::Busy, "no");
            });
        });
        QCOMPARE(number(db, "SELECT count(*) FROM a"), 0);
        insert(db, 2);
        QCOMPARE(number(db, "SELECT count(*) FROM a"), 1);
    }

    void many_processes_may_create_the_file_at_once() {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "m.db";
        std::vector<pid_t> children;
        for (int i = 0; i < 8; ++i) {
            const pid_t child = ::fork();
            if (child == 0) {
                int status = 0;
                try {
                    Database db(file, kTwo);
                    insert(db, i);
                } catch (const std::exception& error) {
                    qWarning("%s", error.what());
                    status = 1;
                }
                ::_exit(status);
            }
            children.push_back(child);
        }
        for (const pid_t child : children) {
            int status = 1;
            ::waitpid(child, &status, 0);
            QCOMPARE(WEXITSTATUS(status), 0);
        }
        Database db(file, kTwo);
        QCOMPARE(number(db, "SELECT count(*) FROM a"), 8);
    }
};

QTEST_GUILESS_MAIN(TstDatabase)
#include "tst_database.moc"
