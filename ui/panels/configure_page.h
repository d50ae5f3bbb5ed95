// Configure page: one recipe in three views, a review of what it will do and cost, and Start.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "ui/page.h"
#include "ui/services/app_context.h"

namespace molt::ui {

class ConfigurePage : public Page {
    Q_OBJECT
public:
    explicit ConfigurePage(AppContext& context, QWidget* parent = nullptr);
    ~ConfigurePage() override;
    QString id() const override { return QStringLiteral("configure"); }
    QString title() const override { return tr("Configure"); }
    void retranslate() override;
    void activated() override;
    void loadPreset(const QString& name);
    /// The review is there: what the recipe will do, or what blocks it.
    bool reviewed() const;
    /// Takes the recipe of a run (JSON), to be changed and started anew.
    void loadRecipe(const QString& recipe);
    /// Ask for a file and open it, or write the recipe into it.
    void openRecipe();
    void saveRecipe();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace molt::ui
