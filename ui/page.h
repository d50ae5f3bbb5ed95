// Page: what every page of the workbench has in common: an id, a translated title, and requests to other pages.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>
#include <functional>

#include "ui/widgets/notice_card.h"

namespace molt::ui {

class Page : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;
    /// Stable name for --page, icons and pictures ("monitor").
    virtual QString id() const = 0;
    virtual QString title() const = 0;
    /// Sets every text anew in the current language; called at construction by the page itself and on a language
    /// change.
    virtual void retranslate() = 0;
    /// Called when the page comes to the front.
    virtual void activated() {}
    /// Runs the action; what it throws becomes a card at the top of the window. False if it threw.
    bool attempt(const std::function<void()>& action);

Q_SIGNALS:
    void openRunRequested(qint64 run);
    void chatRequested(const QString& teacher, const QString& hybrid);
    void configureRequested(const QString& preset);
    /// Shows this recipe (JSON) on Configure, to be changed and started anew.
    void recipeRequested(const QString& recipe);
    /// A short sentence for the status bar.
    void noticed(const QString& text);
    /// A card at the top of the window.
    void notified(const molt::ui::Notice& notice);

protected:
    void changeEvent(QEvent* event) override;
};

}  // namespace molt::ui
