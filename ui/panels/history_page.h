// History page: every run with state, duration and best values; open, resume, chat, delete.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "ui/page.h"
#include "ui/services/app_context.h"

namespace molt::ui {

class HistoryPage : public Page {
    Q_OBJECT
public:
    explicit HistoryPage(AppContext& context, QWidget* parent = nullptr);
    ~HistoryPage() override;
    QString id() const override { return QStringLiteral("history"); }
    QString title() const override { return tr("History"); }
    void retranslate() override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace molt::ui
