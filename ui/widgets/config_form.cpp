// Rows come from visit(); every edit goes through set_setting(), the same check that files and the command line pass.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/config_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
#include <QEvent>
#include <QFormLayout>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QTimer>
#include <QVBoxLayout>

#include "core/base/error.h"
#include "core/spec/recipe.h"
#include "core/spec/settings_edit.h"
#include "ui/models/run_texts.h"
#include "ui/widgets/browse_button.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

constexpr int kLabelChars = 26;  // one left edge of the editors through all groups

QString fieldText(std::string_view english) {
    return QCoreApplication::translate("Field", QByteArray(english.data(), qsizetype(english.size())).constData());
}

QString jsonText(const json& value) {
    if (value.is_string()) return QString::fromStdString(value.get<std::string>());
    if (!value.is_array()) return QString::fromStdString(value.dump());
    QStringList parts;
    for (const json& item : value) parts << jsonText(item);
    return parts.join(QLatin1Char(','));
}

/// Keys that belong to the short form although their struct has more.
bool hidden(const Field& field, bool advanced) { return field.advanced && !advanced; }

}  // namespace

struct ConfigForm::Row {
    QString key;
    Field field;
    ValueKind kind;
};

QString settingText(const RunConfig& config, const QString& key) {
    json node = recipe_to_json(config);
    for (const QString& part : key.split(QLatin1Char('.'))) {
        bool number = false;
        const int index = part.toInt(&number);
        if (number && node.is_array() && index < static_cast<int>(node.size())) {
            node = json(node[static_cast<std::size_t>(index)]);
        } else if (node.is_object() && node.contains(part.toStdString())) {
            node = json(node[part.toStdString()]);
        } else if (node.is_string() && part == QLatin1String("path")) {
            break;  // a bare text stands for the path of its struct
        } else {
            return {};
        }
    }
    return node.is_object() ? QString() : jsonText(node);
}

ConfigForm::ConfigForm(QWidget* parent) : QWidget(parent) { new QVBoxLayout(this); }

void ConfigForm::setConfig(const RunConfig& config, const RunConfig& reference) {
    config_ = config;
    reference_ = reference;
    problems_.clear();
    rebuild();
}

void ConfigForm::setAdvanced(bool on) {
    advanced_ = on;
    rebuild();
}

void ConfigForm::retranslate() { rebuild(); }

void ConfigForm::rebuild() {
    building_ = true;
    editors_.clear();
    marks_.clear();
    auto* layout = static_cast<QVBoxLayout*>(this->layout());
    while (QLayoutItem* item = layout->takeAt(0)) {
        if (item->widget() != nullptr) item->widget()->deleteLater();
        delete item;
    }
    layout->setContentsMargins(0, 0, 6, 0);
    layout->setSpacing(12);
    addSettings(config_, {}, addGroup(layout, tr("Run")), layout);
    layout->addStretch();
    building_ = false;
}

QFormLayout* ConfigForm::addGroup(QVBoxLayout* outer, const QString& title) {
    auto* card = new QFrame;
    markCard(card);
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(16, 12, 16, 14);
    auto* heading = new QLabel(QStringLiteral("<b>%1</b>").arg(title.toHtmlEscaped()));
    column->addWidget(heading);
    auto* form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    form->setHorizontalSpacing(18);
    form->setVerticalSpacing(7);
    column->addLayout(form);
    outer->addWidget(card);
    return form;
}

template <class S>
void ConfigForm::addSettings(const S& settings, const std::string& prefix, QFormLayout* form, QVBoxLayout* outer) {
    S::visit(settings, [&](const Field& field, const auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        if (hidden(field, advanced_)) return;
        const std::string key = setting_key(prefix, field.name);
        if constexpr (HasShorthand<T>) {
            addSettings(value, key, form, outer);
        } else if constexpr (Settings<T>) {
            addSettings(value, key, addGroup(outer, fieldText(field.label)), outer);
        } else if constexpr (SettingsList<T>) {
            for (std::size_t i = 0; i < value.size(); ++i) {
                const QString title = tr("Stage %1").arg(i + 1);
                addSettings(value[i], join(key, ".", i), addGroup(outer, title), outer);
            }
        } else {
            addRow(form, {QString::fromStdString(key), field, kind_of(value)});
        }
    });
}

void ConfigForm::addRow(QFormLayout* form, const Row& row) {
    QString label = fieldText(row.field.label);
    // A struct behind a bare path is called as the struct is: "Data", not "File".
    if (row.key.endsWith(QLatin1String("data.path"))) label = fieldText("Data");
    const QString unit = fieldText(row.field.unit);
    // "Steps (steps)" would say it twice.
    if (!unit.isEmpty() && !label.contains(unit, Qt::CaseInsensitive)) label += QStringLiteral(" (%1)").arg(unit);
    auto* name = new QLabel(label);
    name->setMinimumWidth(name->fontMetrics().averageCharWidth() * kLabelChars);
    auto* line = new QWidget;
    auto* box = new QHBoxLayout(line);
    box->setContentsMargins(0, 0, 0, 0);
    QWidget* editor = makeEditor(row);
    editor->setAccessibleName(label);
    editor->setAccessibleDescription(fieldText(row.field.help));
    editor->setToolTip(fieldText(row.field.help));
    editor->installEventFilter(this);
    name->setToolTip(fieldText(row.field.help));
    name->setBuddy(editor);
    box->addWidget(editor, 1);
    if (row.field.is_path) {
        auto* target = qobject_cast<QLineEdit*>(editor);
        auto* browse = new BrowseButton([target] { return target->text(); });
        browse->retranslate(tr("Browse for %1").arg(label));
        connect(browse, &BrowseButton::chosen, target, &QLineEdit::setText);
        box->addWidget(browse);
    }
    auto* mark = new QLabel;
    mark->setFixedWidth(14);
    mark->setTextFormat(Qt::RichText);
    box->addWidget(mark);
    connect(mark, &QLabel::linkActivated, this,
            [this, key = row.key] { take(key, settingText(reference_, key), true); });
    editors_.insert(row.key, editor);
    marks_.insert(row.key, mark);
    form->addRow(name, line);
    updateMark(row.key);
}

QLineEdit* ConfigForm::makeLine(const Row& row, QWidget* rowWidget) {
    auto* line = new QLineEdit(rowWidget);
    line->setText(settingText(config_, row.key));
    connect(line, &QLineEdit::textChanged, this,
            [this, key = row.key](const QString& text) { take(key, text, false); });
    return line;
}

QWidget* ConfigForm::makeEditor(const Row& row) {
    const QString text = settingText(config_, row.key);
    if (row.kind == ValueKind::Flag) {
        auto* box = new QCheckBox;
        box->setChecked(text == QLatin1String("true"));
        connect(box, &QCheckBox::toggled, this, [this, key = row.key](bool on) {
            take(key, on ? QStringLiteral("true") : QStringLiteral("false"), false);
        });
        return box;
    }
    if (!row.field.choices.empty()) {
        auto* combo = new QComboBox;
        for (const std::string_view choice : row.field.choices) {
            const QString value = QString::fromUtf8(choice.data(), qsizetype(choice.size()));
            combo->addItem(choiceText(value), value);
        }
        combo->setCurrentIndex(combo->findData(text));
        const bool variant = row.field.name == "kind";
        connect(combo, qOverload<int>(&QComboBox::currentIndexChanged), this,
                [this, combo, key = row.key, variant] { take(key, combo->currentData().toString(), variant); });
        return combo;
    }
    return makeLine(row, nullptr);
}

void ConfigForm::take(const QString& key, const QString& text, bool rebuildAfter) {
    if (building_) return;
    try {
        const std::vector<std::string> path = split_setting_key(key.toStdString());
        set_setting(config_, path, text.toStdString());
        problems_.remove(key);
    } catch (const Error& error) {
        problems_.insert(key, QString::fromUtf8(error.what()));
    }
    updateMark(key);
    Q_EMIT edited();
    // The signal comes from an editor that a rebuild deletes.
    if (rebuildAfter) QTimer::singleShot(0, this, [this] { rebuild(); });
}

void ConfigForm::updateMark(const QString& key) {
    QLabel* mark = marks_.value(key);
    QWidget* editor = editors_.value(key);
    const QString reference = settingText(reference_, key);
    const bool changed = settingText(config_, key) != reference;
    if (problems_.contains(key)) {
        mark->setText(QStringLiteral("<b style='color:%1'>!</b>").arg(stateColor(QStringLiteral("failed")).name()));
        mark->setToolTip(problems_.value(key));
        editor->setStyleSheet(QStringLiteral("border: 1px solid %1;").arg(stateColor(QStringLiteral("failed")).name()));
        return;
    }
    editor->setStyleSheet({});
    mark->setText(changed ? QStringLiteral("<a href='reset' style='text-decoration:none'>\u25cf</a>") : QString());
    mark->setToolTip(changed ? tr("Changed; click to go back to %1").arg(reference.isEmpty() ? tr("empty") : reference)
                             : QString());
}

bool ConfigForm::eventFilter(QObject* watched, QEvent* event) {
    const auto* editor = qobject_cast<const QWidget*>(watched);
    if (event->type() == QEvent::FocusIn && editor != nullptr)
        Q_EMIT helpRequested(editor->accessibleName(), editor->accessibleDescription());
    return QWidget::eventFilter(watched, event);
}

QStringList ConfigForm::changes() const {
    QStringList lines;
    for (const QString& key : changedKeys()) {
        const QString before = settingText(reference_, key), now = settingText(config_, key);
        lines << tr("%1: %2 \u2192 %3")
                     .arg(editors_.value(key)->accessibleName(), before.isEmpty() ? tr("empty") : before,
                          now.isEmpty() ? tr("empty") : now);
    }
    return lines;
}

QStringList ConfigForm::changedKeys() const {
    QStringList keys;
    for (auto it = editors_.constBegin(); it != editors_.constEnd(); ++it)
        if (settingText(config_, it.key()) != settingText(reference_, it.key())) keys << it.key();
    keys.sort();
    return keys;
}

}  // namespace molt::ui
