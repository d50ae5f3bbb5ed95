// What the sources of ExperimentStore share; not for others.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <SQLiteCpp/VariadicBind.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/store/database.h"
#include "core/store/experiment_store.h"

namespace molt {

inline constexpr std::array<std::string_view, 3> kWorkingStates{"starting", "running", "held"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

/// Whether a process with this identity still exists.
bool process_lives(std::int64_t pid, const std::string& pid_start);

struct ExperimentStore::Impl {
    Database db;

    /// For statements that change one run.
    void require_changed(RunId id) const {
        if (db.changes() == 0)
            fail(ErrorCode::NotFound, join("There is no run ", id, "."), "`molt runs` lists the runs.");
    }
    /// Who holds the device's lease and lives, this process aside.
    std::optional<std::string> lease_holder(const std::string& device);
    void write_lease(const std::string& device, const std::string& holder);
    /// Runs an update with the parameters text and run.
    void set_text(const char* sql, RunId id, const std::string& text) {
        db.write([&] {
            SQLite::Statement& update = db.statement(sql);
            SQLite::bind(update, text, id);
            update.exec();
            require_changed(id);
        });
    }
};

}  // namespace molt
