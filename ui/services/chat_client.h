// ChatClient: one attached `molt chat --worker` process for one lane, spoken to in JSON lines (cli.md section 7).
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QProcess>
#include <QString>
#include <QVector>

#include "core/base/json.h"
#include "core/spec/chat.h"

namespace molt::ui {

/// The numbers under a reply, as the worker measured them.
struct ReplyStats {
    qint64 promptTokens = 0, tokens = 0;
    double tokensPerSecond = 0, timeToFirstTokenMs = 0, prefillMs = 0;
    QString finishReason;
};

class ChatClient : public QObject {
    Q_OBJECT
public:
    explicit ChatClient(QString moltProgram, QObject* parent = nullptr);
    ~ChatClient() override;

    /// Starts the worker if needed and loads a model; the same model again does nothing.
    void load(const QString& model);
    /// Sends the conversation; deltas follow, then finished() or failed(). Loads first if needed.
    void send(const QVector<ChatMessage>& messages, const SamplingParams& sampling);
    void stop();
    bool busy() const { return busy_; }
    const QString& model() const { return model_; }

Q_SIGNALS:
    void loading();
    void loaded(const QString& description);
    void promptProgress(qint64 done, qint64 total);
    /// Text that was added, and how many tokens it took.
    void delta(const QString& text, int tokens);
    void finished(const molt::ui::ReplyStats& stats);
    void failed(const QString& message, const QString& hint);

private:
    void write(const json& line);
    void readLines();
    void take(const json& line);
    void died();
    QString molt_, model_;
    QProcess process_;
    QByteArray partial_;
    qint64 lastId_ = 0;
    bool busy_ = false, quitting_ = false;
};

}  // namespace molt::ui
