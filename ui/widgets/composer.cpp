// The text that an input method shows before it is committed is the block's pre-edit area (workbench.md 6.2).
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/composer.h"

#include <QKeyEvent>
#include <QTextBlock>
#include <QTextLayout>

namespace molt::ui {

Composer::Composer(QWidget* parent) : QPlainTextEdit(parent) {
    setTabChangesFocus(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize Composer::sizeHint() const { return {400, fontMetrics().lineSpacing() * 3 + 14}; }

void Composer::keyPressEvent(QKeyEvent* event) {
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    const bool composing = !textCursor().block().layout()->preeditAreaText().isEmpty();
    if (enter && composing) return event->ignore();
    if (enter && !event->modifiers().testFlag(Qt::ShiftModifier)) {
        Q_EMIT sendRequested();
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

}  // namespace molt::ui
