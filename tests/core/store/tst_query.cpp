// Read-only SQL: values of every type, what is refused, and that nothing can be written.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/query.h"

#include <QtTest>

#include "core/base/files.h"
#include "core/store/experiment_store.h"
#include "tests/support/expect_error.h"

using namespace molt;

class TstQuery : public QObject {
    Q_OBJECT
private:
    TemporaryFolder folder_;
    std::filesystem::path file_ = folder_.path() / "m.db";

    json rows(const std::string& sql) const {
        json all = json::array();
        query_database(file_, sql, [&](const auto&, const auto& row) { all.push_back(row); });
        return all;
    }
    void expect_usage(const std::string& sql) const {
        const Error error = expect_error(ErrorCode::Usage, [&] { rows(sql); });
        QVERIFY(!error.hint().empty());
    }

private Q_SLOTS:
    void initTestCase() {
        ExperimentStore store(file_);
        store.create_run("one", R"({"seed": 1})");
        store.create_run("two", "{}", 1);
    }

    void rows_come_with_names_and_types() {
        std::vector<std::string> names;
        const auto columns = query_database(file_, "SELECT id, name, created > 1e9 AS fresh FROM run ORDER BY id",
                                            [&](const auto& given, const auto&) { names = given; });
        QCOMPARE(columns, (std::vector<std::string>{"id", "name", "fresh"}));
        QCOMPARE(names, columns);
        QVERIFY(rows("SELECT 7, 0.5, 'text', NULL, x'00ff', ''") ==
                json::array({json::array({7, 0.5, "text", nullptr, "00ff", ""})}));
        QVERIFY(rows("SELECT name FROM run WHERE parent = 1; -- the end") == json::array({json::array({"two"})}));
        QCOMPARE(query_database(file_, "SELECT id FROM run WHERE 0", [](const auto&, const auto&) {}).size(),
                 std::size_t{1});
    }

    void nothing_can_be_written() {
        expect_usage("DELETE FROM run");
        expect_usage("UPDATE run SET name = 'x' RETURNING id");
        expect_usage("CREATE TABLE t (a)");
        expect_usage("SELECT 1; DELETE FROM run");
        const std::string other = (folder_.path() / "other.db").string();
        try {
            rows("ATTACH '" + other + "' AS other");
        } catch (const Error& error) {
            QVERIFY(error.code() == ErrorCode::Usage || error.code() == ErrorCode::Database);
        }
        QVERIFY(!std::filesystem::exists(other));
        QCOMPARE(rows("SELECT count(*) FROM run")[0][0].get<int>(), 2);
    }

    void what_is_no_query_is_refused() {
        expect_usage("");
        expect_usage(" -- only a comment");
        expect_usage("SELEC 1");
        expect_usage("SELECT nothing FROM run");
        expect_usage("SELECT load_extension('x')");
        expect_error(ErrorCode::NotFound, [&] {
            query_database(folder_.path() / "absent.db", "SELECT 1", [](const auto&, const auto&) {});
        });
        QVERIFY(!std::filesystem::exists(folder_.path() / "absent.db"));
        write_file(folder_.path() / "rubbish.db", std::string(4096, 'x'));
        expect_error(ErrorCode::Database, [&] {
            query_database(folder_.path() / "rubbish.db", "SELECT * FROM run", [](const auto&, const auto&) {});
        });
    }

    void a_query_reads_while_a_worker_writes() {
        ExperimentStore store(file_);
        const RunEvent event{0, 0, StepMetrics{1, {{"loss", 1.0}}}};
        int seen = 0;
        query_database(file_, "SELECT id FROM run", [&](const auto&, const auto&) {
            store.append(1, 1, std::span(&event, 1));
            ++seen;
        });
        QCOMPARE(seen, 2);
    }
};

QTEST_GUILESS_MAIN(TstQuery)
#include "tst_query.moc"
