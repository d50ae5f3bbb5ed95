// Read-only SQL on a database file, for people and scripts (molt query). SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace molt {

/// Takes the names of the columns and one row; numbers, texts and null as JSON, blobs as hexadecimal digits.
using RowVisitor = std::function<void(const std::vector<std::string>& columns, const std::vector<json>& row)>;

/// Runs one statement on a connection that cannot write, while others go on writing. Returns the columns' names, also
/// where no row was found. Throws Error(NotFound): no such file; Error(Usage): not SQL, several statements, or one that
/// would write; Error(Database): not a database, damaged, locked.
std::vector<std::string> query_database(const std::filesystem::path& file, const std::string& sql,
                                        const RowVisitor& visit);

}  // namespace molt
