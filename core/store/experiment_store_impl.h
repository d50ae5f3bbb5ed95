// What the sources of ExperimentStore share; not for others.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <SQLiteCpp/VariadicBind.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/store/database.h"
#include "core/store/experiment_store.h"

namespace molt {

struct ExperimentStore::Impl {
    Database db;

    /// For statements that change one run.
    void require_changed(RunId id) const {
        if (db.changes() == 0)
            fail(ErrorCode::NotFound, join("There is no run ", id, "."), "`molt runs` lists the runs.");
    }
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
