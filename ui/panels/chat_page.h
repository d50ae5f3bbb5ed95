// Chat page: one question, two lanes: teacher and hybrid answer side by side, with their speeds.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "ui/page.h"
#include "ui/services/app_context.h"

namespace molt::ui {

class ChatTree;

class ChatPage : public Page {
    Q_OBJECT
public:
    explicit ChatPage(AppContext& context, QWidget* parent = nullptr);
    ~ChatPage() override;
    QString id() const override { return QStringLiteral("chat"); }
    QString title() const override { return tr("Chat"); }
    void retranslate() override;
    void activated() override;
    void setModels(const QString& teacher, const QString& hybrid);
    /// Asks as if it had been typed; for tests and the tour.
    void ask(const QString& question);
    bool busy() const;
    /// Both lanes have a model.
    bool ready() const;
    const ChatTree& conversation() const;

Q_SIGNALS:
    void replied();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace molt::ui
