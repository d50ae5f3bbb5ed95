// A model may be a file or a folder, and so may data.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/browse_button.h"

#include <QAction>
#include <QFileDialog>
#include <QMenu>

namespace molt::ui {

BrowseButton::BrowseButton(std::function<QString()> current, QWidget* parent) : QToolButton(parent) {
    auto* menu = new QMenu(this);
    file_ = menu->addAction(QString());
    folder_ = menu->addAction(QString());
    setText(QStringLiteral("\u2026"));
    setMenu(menu);
    setPopupMode(QToolButton::InstantPopup);
    connect(file_, &QAction::triggered, this, [this, current] {
        const QString path = QFileDialog::getOpenFileName(this, tr("Choose a file"), current());
        if (!path.isEmpty()) Q_EMIT chosen(path);
    });
    connect(folder_, &QAction::triggered, this, [this, current] {
        const QString path = QFileDialog::getExistingDirectory(this, tr("Choose a folder"), current());
        if (!path.isEmpty()) Q_EMIT chosen(path);
    });
}

void BrowseButton::retranslate(const QString& name) {
    file_->setText(tr("File\u2026"));
    folder_->setText(tr("Folder\u2026"));
    setAccessibleName(name);
    setToolTip(tr("Browse"));
}

}  // namespace molt::ui
