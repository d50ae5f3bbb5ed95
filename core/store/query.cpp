// SQLite's own interface: SQLiteCpp does not tell whether something follows the first statement.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/query.h"

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>

#include <memory>
#include <string_view>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

constexpr int kBusyTimeoutMs = 5000;
constexpr const char* kHint = "As in: molt query \"SELECT id, name, state FROM run\"";

struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

[[noreturn]] void refuse(sqlite3* connection, const std::filesystem::path& file) {
    const int code = sqlite3_errcode(connection);
    const std::string message = sqlite3_errmsg(connection);
    if (code == SQLITE_ERROR || code == SQLITE_AUTH) fail(ErrorCode::Usage, join("SQL: ", message, "."), kHint);
    fail(ErrorCode::Database, join("The experiment database ", file.string(), ": ", message, "."),
         "molt db check examines the database.");
}

Statement prepare(sqlite3* connection, const std::filesystem::path& file, const std::string& sql) {
    sqlite3_stmt* made = nullptr;
    const char* tail = nullptr;
    const int status = sqlite3_prepare_v2(connection, sql.c_str(), static_cast<int>(sql.size()) + 1, &made, &tail);
    Statement statement(made);
    if (status != SQLITE_OK) refuse(connection, file);
    if (!statement) fail(ErrorCode::Usage, "There is no SQL statement.", kHint);
    sqlite3_stmt* more = nullptr;
    const int rest = sqlite3_prepare_v2(connection, tail, -1, &more, nullptr);
    const Statement second(more);
    if (rest != SQLITE_OK || second) fail(ErrorCode::Usage, "Only one SQL statement at a time is run.", kHint);
    if (sqlite3_stmt_readonly(statement.get()) == 0)
        fail(ErrorCode::Usage, "The statement would write; molt query only reads.", kHint);
    return statement;
}

std::string hexadecimal(const unsigned char* bytes, int count) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += digits[bytes[i] >> 4U];
        text += digits[bytes[i] & 15U];
    }
    return text;
}

json value_of(sqlite3_stmt* statement, int column) {
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_INTEGER:
            return sqlite3_column_int64(statement, column);
        case SQLITE_FLOAT:
            return sqlite3_column_double(statement, column);
        case SQLITE_NULL:
            return nullptr;
        case SQLITE_BLOB: {
            const void* bytes = sqlite3_column_blob(statement, column);
            return hexadecimal(static_cast<const unsigned char*>(bytes), sqlite3_column_bytes(statement, column));
        }
        default: {
            const void* text = sqlite3_column_blob(statement, column);
            const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
            return size == 0 ? std::string() : std::string(static_cast<const char*>(text), size);
        }
    }
}

}  // namespace

std::vector<std::string> query_database(const std::filesystem::path& file, const std::string& sql,
                                        const RowVisitor& visit) {
    if (!std::filesystem::exists(file)) {
        fail(ErrorCode::NotFound, join("There is no experiment database ", file.string(), "."),
             "Name it with --db FILE or MOLT_DB; the first run creates it.");
    }
    try {
        SQLite::Database database(file.string(), SQLite::OPEN_READONLY, kBusyTimeoutMs);
        sqlite3* connection = database.getHandle();
        // Attached files are opened as this one: they cannot be made or written either.
        sqlite3_exec(connection, "PRAGMA query_only = ON", nullptr, nullptr, nullptr);
        const Statement statement = prepare(connection, file, sql);
        const int count = sqlite3_column_count(statement.get());
        std::vector<std::string> columns;
        columns.reserve(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) columns.emplace_back(sqlite3_column_name(statement.get(), i));
        int status = SQLITE_ROW;
        while ((status = sqlite3_step(statement.get())) == SQLITE_ROW) {
            std::vector<json> row;
            for (int i = 0; i < count; ++i) row.push_back(value_of(statement.get(), i));
            visit(columns, row);
        }
        if (status != SQLITE_DONE) refuse(connection, file);
        return columns;
    } catch (const SQLite::Exception& error) {
        fail(ErrorCode::Database, join("Cannot read the experiment database ", file.string(), ": ", error.what(), "."),
             "molt db check examines the database.");
    }
}

}  // namespace molt
