// Whole recipes are kept: they are small, and a step may change many values at once.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/recipe_history.h"

namespace molt::ui {

namespace {

constexpr qint64 kOneStepMs = 1000;  // letters typed in a row

}  // namespace

void RecipeHistory::remember(const RunConfig& before) {
    if (!lastEdit_.isValid() || lastEdit_.elapsed() > kOneStepMs) done_.push_back(before);
    lastEdit_.start();
    undone_.clear();
}

std::optional<RunConfig> RecipeHistory::step(Steps& from, Steps& to, const RunConfig& now) {
    if (from.empty()) return {};
    to.push_back(now);
    RunConfig taken = std::move(from.back());
    from.pop_back();
    lastEdit_.invalidate();
    return taken;
}

}  // namespace molt::ui
