// The language change that all pages share.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/page.h"

#include <QEvent>

namespace molt::ui {

void Page::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QWidget::changeEvent(event);
}

}  // namespace molt::ui
