// ChatLane: one lane of the Chat page: which model, its worker, its view, and the reply that is being written.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QFrame>

#include "ui/services/chat_client.h"
#include "ui/widgets/lane_view.h"

class QComboBox;
class QLabel;
class QProgressBar;

namespace molt::ui {

class BrowseButton;

class ChatLane : public QFrame {
    Q_OBJECT
public:
    ChatLane(QString moltProgram, QString letter, QWidget* parent = nullptr);
    void retranslate(const QString& role);
    /// Models to choose from: (label, path). What was chosen stays.
    void setChoices(const QVector<std::pair<QString, QString>>& choices);
    void setModel(const QString& path);
    QString model() const;
    LaneView* view() { return view_; }
    void reply(const QVector<ChatMessage>& messages, const SamplingParams& sampling);
    void stop() { client_.stop(); }
    bool busy() const { return client_.busy(); }

Q_SIGNALS:
    /// The reply ended: its text, the line under it, and the error if there was one.
    void ended(const molt::ui::LaneReply& reply);
    void modelChanged();

private:
    void connectClient();
    void showPhase(const QString& text, qint64 done, qint64 total);
    void showWriting();
    void end(const LaneReply& reply);
    QString statsLine(const ReplyStats& stats) const;
    ChatClient client_;
    QLabel *name_, *status_;
    QComboBox* models_;
    BrowseButton* browse_;
    QProgressBar* bar_;
    LaneView* view_;
    QString letter_, text_;
    int tokens_ = 0;
    QElapsedTimer sinceFirst_;
    QVector<std::pair<QString, QString>> choices_;
};

}  // namespace molt::ui
