// ConversationList: the left column of the Chat page: stored conversations, New, Delete.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/services/conversations.h"

class QLabel;
class QListWidget;
class QPushButton;

namespace molt::ui {

class ConversationList : public QWidget {
    Q_OBJECT
public:
    explicit ConversationList(QWidget* parent = nullptr);
    void retranslate();
    /// `shown` is marked; 0 marks none.
    void fill(const QVector<ConversationHead>& heads, qint64 shown);
    /// While a reply is written, nothing else can be opened.
    void setBusy(bool busy);

Q_SIGNALS:
    void openRequested(qint64 id);
    void newRequested();
    void deleteRequested();

private:
    void updateButtons();
    qint64 shown_ = 0;
    bool busy_ = false;
    QLabel* title_;
    QListWidget* list_;
    QPushButton *fresh_, *remove_;
};

}  // namespace molt::ui
