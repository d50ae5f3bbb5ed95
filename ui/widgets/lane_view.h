// LaneView: one model's side of a conversation: questions, streamed replies and the line of numbers under each.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTextBrowser>
#include <QTimer>

#include "ui/models/chat_tree.h"

namespace molt::ui {

class LaneView : public QTextBrowser {
    Q_OBJECT
public:
    explicit LaneView(QWidget* parent = nullptr);
    /// Shows the path of a conversation as this lane sees it.
    void showConversation(const ChatTree& tree, int lane);
    /// Text for the place of the reply until its first token.
    void setPhase(const QString& text);
    /// Text of the streamed reply; collected and painted at most 30 times a second.
    void append(const QString& text);

Q_SIGNALS:
    void editRequested(int position);
    void regenerateRequested(int position);
    void versionRequested(int position, int version);

private:
    void flush();
    QString questionHtml(const ChatTree& tree, int position) const;
    void addTurn(const ChatTree& tree, int lane, int position);
    QTimer timer_;
    QString pending_, phase_;
    int sinceBreak_ = 0;
    int replyStart_ = 0;
};

}  // namespace molt::ui
