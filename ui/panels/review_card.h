// ReviewCard: what a recipe will do and cost, or what blocks it, in words; fed by a dry run.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QStringList>

#include "core/base/json.h"

class QLabel;

namespace molt::ui {

class LayerStrip;

class ReviewCard : public QFrame {
    Q_OBJECT
public:
    explicit ReviewCard(QWidget* parent = nullptr);
    void showChecking();
    /// The JSON of `molt train --dry-run --json`.
    void showPlan(const json& plan);
    void showBlocker(const QString& message, const QString& hint);
    /// What differs from the preset, one line each.
    void setChanges(const QStringList& changes);
    /// What the setting under the cursor is for.
    void setHelp(const QString& name, const QString& help);
    void retranslate();
    bool checking() const { return checking_; }
    bool ready() const { return ready_; }
    /// Why Start is not possible; empty if it is.
    QString blocker() const { return blocker_; }

private:
    void render();
    QString planRows() const;
    QString layerRow() const;
    json plan_;
    QString blocker_, hint_;
    bool ready_ = false, checking_ = false;
    QStringList changes_;
    QLabel *title_, *verdict_, *facts_, *warnings_, *changed_, *help_;
    LayerStrip* strip_;
};

}  // namespace molt::ui
