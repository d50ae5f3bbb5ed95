// BrowseButton: three dots that offer a file or a folder; a file dialog offers only one of them.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolButton>
#include <functional>

namespace molt::ui {

class BrowseButton : public QToolButton {
    Q_OBJECT
public:
    /// `current` is where the dialogs start.
    explicit BrowseButton(std::function<QString()> current, QWidget* parent = nullptr);
    /// `name`: what is chosen, for assistive technology.
    void retranslate(const QString& name);

Q_SIGNALS:
    void chosen(const QString& path);

private:
    QAction *file_, *folder_;
};

}  // namespace molt::ui
