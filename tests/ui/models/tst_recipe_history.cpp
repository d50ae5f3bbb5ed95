// Undo and redo of a recipe.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/recipe_history.h"

#include <QtTest>

using namespace molt;
using namespace molt::ui;

namespace {

RunConfig named(const std::string& name) {
    RunConfig config;
    config.name = name;
    return config;
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void letters_in_a_row_are_one_step() {
        RecipeHistory history;
        for (const char* name : {"", "a", "ab", "abc"}) history.remember(named(name));
        QCOMPARE(history.undo(named("abcd"))->name, std::string());
        QVERIFY(!history.canUndo());
        QCOMPARE(history.redo(named(""))->name, std::string("abcd"));
    }
    void an_edit_after_undo_ends_redo() {
        RecipeHistory history;
        history.remember(named("first"));
        QCOMPARE(history.undo(named("second"))->name, std::string("first"));
        QVERIFY(history.canRedo());
        history.remember(named("first"));
        QVERIFY(!history.canRedo());
        QVERIFY(history.canUndo());
    }
    void nothing_is_undone_where_nothing_was_done() {
        RecipeHistory history;
        QVERIFY(!history.undo(named("x")));
        QVERIFY(!history.redo(named("x")));
    }
};

QTEST_MAIN(Tst)
#include "tst_recipe_history.moc"
