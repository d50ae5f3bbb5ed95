// molt query: read-only SQL on the experiment database.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/query.h"

#include <iostream>

#include "app/molt/options.h"
#include "core/base/text.h"

namespace molt::app {

namespace {

struct Options {
    CommonOptions common;
    std::string sql;
    bool csv = false;
};

std::string plain(const json& value) {
    if (value.is_null()) return {};
    return value.is_string() ? to_valid_utf8(value.get<std::string>()) : value.dump();
}

/// A CSV field as RFC 4180 wants it.
std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

void print_row(const std::vector<std::string>& fields, bool csv) {
    for (std::size_t i = 0; i < fields.size(); ++i)
        std::cout << (i == 0 ? "" : (csv ? "," : "\t")) << (csv ? csv_field(fields[i]) : fields[i]);
    std::cout << "\n";
}

int run(Options& options) {
    const std::filesystem::path file = database_path(options.common);
    if (options.common.json) {
        json all = json::array();
        query_database(file, options.sql, [&](const auto& columns, const auto& row) {
            json object = json::object();
            for (std::size_t i = 0; i < columns.size(); ++i) object[columns[i]] = row[i];
            all.push_back(std::move(object));
        });
        print_json(all);
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    const auto columns = query_database(file, options.sql, [&](const auto&, const auto& row) {
        std::vector<std::string>& fields = rows.emplace_back();
        for (const json& value : row) fields.push_back(plain(value));
    });
    print_row(columns, options.csv);
    for (const auto& row : rows) print_row(row, options.csv);
    return 0;
}

}  // namespace

void add_query(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.command<Options>("query", "Read-only SQL on the experiment database", options, run);
    command->add_option("SQL", options->sql, "One SELECT, as in \"SELECT id, name, state FROM run\"")->required();
    command->add_flag("--csv", options->csv, "Comma-separated values; else columns are separated by tabs");
    add_database_option(*command, options->common);
    add_output_options(*command, options->common);
}

}  // namespace molt::app
