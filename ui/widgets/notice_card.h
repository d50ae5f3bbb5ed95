// NoticeCard: something went wrong or is worth knowing: a sentence, what to do about it, and buttons that do it.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QVector>
#include <QWidget>
#include <functional>

class QFrame;
class QHBoxLayout;
class QLabel;
class QToolButton;

namespace molt::ui {

struct Notice {
    QString message, hint;
    bool error = true;  ///< else worth knowing only
    QVector<std::pair<QString, std::function<void()>>> actions;
};

class NoticeCard : public QWidget {
    Q_OBJECT
public:
    /// Hidden until there is a notice; one that `closes` has a button for that.
    explicit NoticeCard(bool closes, QWidget* parent = nullptr);
    void present(const Notice& notice);
    void clear();
    void retranslate();
    QString message() const { return notice_.message; }

private:
    void fill();
    Notice notice_;
    QFrame* frame_;
    QLabel *message_, *hint_;
    QHBoxLayout* buttons_;
    QToolButton* close_;
};

}  // namespace molt::ui
