// EmptyState: what a page shows while it has nothing: a title, what to do next, and the button that does it.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace molt::ui {

class EmptyState : public QWidget {
    Q_OBJECT
public:
    explicit EmptyState(QWidget* parent = nullptr);
    /// Without a text for the button there is none.
    void setTexts(const QString& title, const QString& text, const QString& action);

Q_SIGNALS:
    void actionRequested();

private:
    QLabel *title_, *text_;
    QPushButton* action_;
};

}  // namespace molt::ui
