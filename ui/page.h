// Page: what every page of the workbench has in common: an id, a translated title, and requests to other pages.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

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

Q_SIGNALS:
    void openRunRequested(qint64 run);
    void chatRequested(const QString& teacher, const QString& hybrid);
    void configureRequested(const QString& preset);
    /// A short sentence for the status bar.
    void noticed(const QString& text);

protected:
    void changeEvent(QEvent* event) override;
};

}  // namespace molt::ui
