// The language change and the way of errors that all pages share.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/page.h"

#include <QEvent>

#include "core/base/error.h"

namespace molt::ui {

bool Page::attempt(const std::function<void()>& action) {
    try {
        action();
        return true;
    } catch (...) {
        const Failure problem = describe_current_exception();
        Q_EMIT notified({QString::fromStdString(problem.message), QString::fromStdString(problem.hint), true, {}});
        return false;
    }
}

void Page::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QWidget::changeEvent(event);
}

}  // namespace molt::ui
