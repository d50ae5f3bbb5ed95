// Opening, migrating, copying and checking the SQLite file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/database.h"

#include <SQLiteCpp/Backup.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/log.h"
#include "core/base/platform.h"
#include "core/base/text.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

constexpr int kBusyTimeoutMs = 5000;
constexpr int kApplicationId = 0x4D4F4C54;  // "MOLT" in the file's header

[[noreturn]] void cannot_open(const fs::path& file, std::string_view reason) {
    fail(ErrorCode::Database, join("Cannot open the experiment database ", file.string(), ": ", reason, "."),
         "Choose a writable place on a local disk with --db FILE or MOLT_DB.");
}

/// What can be said before SQLite touches the file.
fs::path checked_place(const fs::path& file) {
    const fs::path absolute = fs::absolute(file);
    std::error_code error;
    fs::create_directories(absolute.parent_path(), error);
    if (error) cannot_open(absolute, join("its folder cannot be made (", error.message(), ")"));
    if (fs::is_directory(absolute)) cannot_open(absolute, "it is a folder");
    if (on_network_filesystem(absolute))
        cannot_open(absolute, "it is on a network file system, where SQLite is not safe");
    if (::access(absolute.parent_path().c_str(), W_OK) != 0) cannot_open(absolute, "its folder is read-only");
    if (fs::exists(absolute) && ::access(absolute.c_str(), W_OK) != 0) cannot_open(absolute, "it is read-only");
    return absolute;
}

SQLite::Database open_connection(const fs::path& file) {
    try {
        return SQLite::Database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
    } catch (const SQLite::Exception& error) {
        cannot_open(file, error.what());
    }
}

}  // namespace

std::vector<std::string> schema_migrations() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(resource_path("schema"))) {
        if (entry.path().extension() == ".sql") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<std::string> migrations;
    for (const fs::path& file : files) migrations.push_back(read_file(file));
    return migrations;
}

Database::Database(const fs::path& file, const std::vector<std::string>& migrations)
    : file_(checked_place(file)), connection_(open_connection(file_)) {
    read([&] {
        refuse_foreign();
        configure();
        migrate(migrations);
    });
}

void Database::explain(const SQLite::Exception& error) const {
    const std::string what = join("The experiment database ", file_.string());
    switch (error.getErrorCode()) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            fail(ErrorCode::Database, join(what, " is damaged (", error.what(), ")."),
                 "Move it away and go on with a new one, or restore a copy; the runs' folders are not touched.");
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            fail(ErrorCode::Database, join(what, " is locked by another program."),
                 "Close programs that hold it open (a database browser, a backup) and try again.");
        case SQLITE_FULL:
            fail(ErrorCode::WriteFailed, join(what, " cannot grow: the disk is full."),
                 "Free some space, or move the database with --db FILE.");
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
            cannot_open(file_, error.what());
        case SQLITE_IOERR:
            fail(ErrorCode::WriteFailed, join(what, ": reading or writing failed (", error.what(), ")."),
                 "Check the disk and the free space.");
        default:
            fail(ErrorCode::Database, join(what, ": ", error.what(), "."),
                 "If the file was changed by hand, restore a copy.");
    }
}

int Database::version() { return connection_.execAndGet("PRAGMA user_version").getInt(); }

void Database::refuse_foreign() {
    // In this order: another process may create the tables and the id, together, between the two looks.
    const bool empty = connection_.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
    const int application = connection_.execAndGet("PRAGMA application_id").getInt();
    if (application == kApplicationId || (empty && application == 0)) return;
    fail(ErrorCode::Database, join(file_.string(), " is a database of another program."),
         "Choose another file with --db FILE or MOLT_DB; this one was not changed.");
}

void Database::configure() {
    // Two processes that open a new file at once both want to switch it to WAL, and SQLite does not wait for that lock.
    constexpr int kAttempts = 100;
    for (int attempt = 1;; ++attempt) {
        try {
            connection_.exec("PRAGMA journal_mode = WAL");
            break;
        } catch (const SQLite::Exception& error) {
            if (error.getErrorCode() != SQLITE_BUSY || attempt == kAttempts) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds(kBusyTimeoutMs / kAttempts));
        }
    }
    connection_.exec("PRAGMA synchronous = NORMAL");
    connection_.exec("PRAGMA foreign_keys = ON");
}

void Database::migrate(const std::vector<std::string>& migrations) {
    const int newest = static_cast<int>(migrations.size());
    const int found = version();
    if (found > newest) {
        fail(ErrorCode::Database,
             join(file_.string(), " was written by a newer Molt (version ", found, ", this one knows ", newest, ")."),
             "Update Molt, or choose another database with --db FILE.");
    }
    if (found > 0 && found < newest) {
        const fs::path copy = join(file_.string(), ".v", found);
        if (!fs::exists(copy)) backup(copy);
    }
    for (int step = found; step < newest; ++step) {
        SQLite::Transaction transaction(connection_, SQLite::TransactionBehavior::IMMEDIATE);
        // Somebody else may have been faster between the look and the lock.
        if (version() <= step) {
            connection_.exec(migrations[static_cast<std::size_t>(step)]);
            connection_.exec(join("PRAGMA application_id = ", kApplicationId));
            connection_.exec(join("PRAGMA user_version = ", step + 1));
        }
        transaction.commit();
    }
}

SQLite::Statement& Database::statement(const std::string& sql) {
    const auto found = statements_.find(sql);
    if (found == statements_.end()) return statements_.try_emplace(sql, connection_, sql).first->second;
    found->second.reset();
    found->second.clearBindings();
    return found->second;
}

void Database::backup(const fs::path& target) {
    if (fs::exists(target)) {
        fail(ErrorCode::Usage, join(target.string(), " exists already."), "Choose another name for the copy.");
    }
    const fs::path partial = join(target.string(), ".partial-", current_pid());
    std::error_code ignored;
    fs::remove(partial, ignored);
    try {
        read([&] {
            SQLite::Database copy(partial.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
            SQLite::Backup run(copy, connection_);
            // A single step copies everything; a writer in between makes SQLite start over by itself.
            constexpr int kAttempts = 20;
            int status = SQLITE_BUSY;
            for (int attempt = 0; status != SQLITE_DONE && attempt < kAttempts; ++attempt) status = run.executeStep();
            if (status != SQLITE_DONE) throw SQLite::Exception("the copy did not come to an end", status);
        });
        fs::rename(partial, target);
    } catch (const fs::filesystem_error& error) {
        fs::remove(partial, ignored);
        fail(ErrorCode::WriteFailed, join("Cannot write ", target.string(), ": ", error.code().message(), "."),
             "Choose a writable folder.");
    } catch (const Error&) {
        fs::remove(partial, ignored);
        throw;
    }
}

std::vector<std::string> Database::integrity_problems() {
    std::vector<std::string> problems;
    try {
        SQLite::Statement check(connection_, "PRAGMA integrity_check(20)");
        while (check.executeStep()) problems.push_back(check.getColumn(0).getString());
        SQLite::Statement foreign(connection_, "PRAGMA foreign_key_check");
        while (foreign.executeStep()) problems.push_back(join("orphaned row in ", foreign.getColumn(0).getString()));
    } catch (const SQLite::Exception& error) {
        problems.emplace_back(error.what());
    }
    if (problems.size() == 1 && problems.front() == "ok") problems.clear();
    std::erase(problems, "ok");
    return problems;
}

}  // namespace molt
