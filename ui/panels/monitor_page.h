// Monitor page: the live curves, state, progress and events of one run, and what can be done with it now.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "ui/page.h"
#include "ui/services/app_context.h"

namespace molt::ui {

class MonitorPage : public Page {
    Q_OBJECT
public:
    explicit MonitorPage(AppContext& context, QWidget* parent = nullptr);
    ~MonitorPage() override;
    QString id() const override { return QStringLiteral("monitor"); }
    QString title() const override { return tr("Monitor"); }
    void retranslate() override;
    void showRun(qint64 run);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace molt::ui
