// RecipeHistory: undo and redo of a recipe; edits that follow each other quickly are one step.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <optional>
#include <vector>

#include "core/spec/run_config.h"

namespace molt::ui {

class RecipeHistory {
public:
    /// The recipe as it was before an edit.
    void remember(const RunConfig& before);
    /// The recipe before the last step, which is kept for redo(); nothing if there is none.
    std::optional<RunConfig> undo(const RunConfig& now) { return step(done_, undone_, now); }
    std::optional<RunConfig> redo(const RunConfig& now) { return step(undone_, done_, now); }
    bool canUndo() const { return !done_.empty(); }
    bool canRedo() const { return !undone_.empty(); }

private:
    using Steps = std::vector<RunConfig>;
    std::optional<RunConfig> step(Steps& from, Steps& to, const RunConfig& now);
    Steps done_, undone_;
    QElapsedTimer lastEdit_;
};

}  // namespace molt::ui
