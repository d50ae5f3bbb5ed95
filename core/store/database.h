// One SQLite connection: pragmas, numbered migrations, cached statements, and errors that say what to do next.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace molt {

/// Migration i (from 0) leads from version i to i + 1. Reads resources/schema/NNNN_*.sql in order.
std::vector<std::string> schema_migrations();

/// Not thread-safe: one object per thread. Any number of processes.
class Database {
public:
    /// Opens or creates the file (WAL, synchronous NORMAL, foreign keys, busy time-out 5 s) and migrates it, one
    /// transaction a step; an existing database is backed up beside itself ("FILE.vN") before that.
    /// Throws Error(Database): damaged, another program's, newer than `migrations`, network file system, read-only.
    Database(const std::filesystem::path& file, const std::vector<std::string>& migrations);

    const std::filesystem::path& file() const { return file_; }

    /// The prepared statement of this text, reset; it is kept for the next time.
    SQLite::Statement& statement(const std::string& sql);

    /// Runs `action` and turns SQLite's exceptions into Error(Database) or Error(WriteFailed) (full disk).
    template <class Action>
    auto read(Action&& action) const -> decltype(action()) {
        try {
            return action();
        } catch (const SQLite::Exception& error) {
            explain(error);
        }
    }
    /// The same inside an immediate transaction, which is rolled back if `action` throws.
    template <class Action>
    void write(Action&& action) {
        read([&] {
            SQLite::Transaction transaction(connection_, SQLite::TransactionBehavior::IMMEDIATE);
            action();
            transaction.commit();
        });
    }

    SQLite::Database& connection() { return connection_; }
    std::int64_t last_insert_id() const { return connection_.getLastInsertRowid(); }
    /// Rows that the last statement changed.
    int changes() const { return connection_.getChanges(); }

    /// A consistent copy while others write; appears whole or not at all. Throws Error(Usage) if `target` exists.
    void backup(const std::filesystem::path& target);
    /// SQLite's integrity check; empty if all is well, else what is wrong. Reads the whole file.
    std::vector<std::string> integrity_problems();

private:
    [[noreturn]] void explain(const SQLite::Exception& error) const;
    void configure();
    int version();
    void refuse_foreign();
    void migrate(const std::vector<std::string>& migrations);

    std::filesystem::path file_;
    SQLite::Database connection_;
    std::map<std::string, SQLite::Statement> statements_;
};

/// Resets a statement when its rows have been read, so that no read transaction stays open.
class Rows {
public:
    explicit Rows(SQLite::Statement& statement) : statement_(statement) {}
    ~Rows() { statement_.tryReset(); }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    bool next() { return statement_.executeStep(); }
    SQLite::Column operator[](int column) const { return statement_.getColumn(column); }

private:
    SQLite::Statement& statement_;
};

}  // namespace molt
