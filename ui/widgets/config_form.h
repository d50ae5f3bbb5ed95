// ConfigForm: a form built from the Fields of a recipe; edits one RunConfig and says which value is wrong and why.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QWidget>

#include "core/spec/run_config.h"
#include "core/spec/setting_value.h"

class QFormLayout;
class QLabel;
class QLineEdit;
class QVBoxLayout;

namespace molt::ui {

class ConfigForm : public QWidget {
    Q_OBJECT
public:
    explicit ConfigForm(QWidget* parent = nullptr);

    /// Shows this recipe; `reference` is what "changed" dots compare with (the preset).
    void setConfig(const RunConfig& config, const RunConfig& reference);
    const RunConfig& config() const { return config_; }
    void setAdvanced(bool on);
    /// Keys whose text could not be taken, with the reason; empty if the form is as the recipe.
    const QHash<QString, QString>& problems() const { return problems_; }
    /// Keys whose values differ from the reference.
    QStringList changedKeys() const;
    /// The same for people: "Learning rate: 0.003 -> 0.001".
    QStringList changes() const;
    void retranslate();
    /// The editor of a dotted key ("stages.0.steps"), for tests and focus.
    QWidget* editor(const QString& key) const { return editors_.value(key); }

Q_SIGNALS:
    void edited();
    /// The focus went to a setting: how it is called and what it does.
    void helpRequested(const QString& name, const QString& help);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Row;
    void rebuild();
    template <class S>
    void addSettings(const S& settings, const std::string& prefix, QFormLayout* form, QVBoxLayout* outer);
    QFormLayout* addGroup(QVBoxLayout* outer, const QString& title);
    void addRow(QFormLayout* form, const Row& row);
    QWidget* makeEditor(const Row& row);
    QLineEdit* makeLine(const Row& row, QWidget* rowWidget);
    void take(const QString& key, const QString& text, bool rebuildAfter);
    void updateMark(const QString& key);
    RunConfig config_, reference_;
    bool advanced_ = false, building_ = false;
    QHash<QString, QWidget*> editors_;
    QHash<QString, QLabel*> marks_;
    QHash<QString, QString> problems_;
};

/// The value of a dotted key as the text that its editor shows; empty if there is no such key.
QString settingText(const RunConfig& config, const QString& key);

}  // namespace molt::ui
