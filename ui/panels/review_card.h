// ReviewCard: what a recipe will do and cost, or what blocks it, in words; fed by a dry run.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

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
    void setChanges(int count);
    void retranslate();
    bool ready() const { return ready_; }
    /// Why Start is not possible; empty if it is.
    QString blocker() const { return blocker_; }

private:
    void render();
    json plan_;
    QString blocker_, hint_;
    bool ready_ = false, checking_ = false;
    int changes_ = 0;
    QLabel *title_, *verdict_, *facts_;
    LayerStrip* strip_;
};

}  // namespace molt::ui
