// Texts of the review; unknown keys of a plan are ignored, missing ones leave their line out.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/review_card.h"

#include <QLabel>
#include <QLocale>
#include <QMap>
#include <QVBoxLayout>

#include "core/base/text.h"
#include "ui/models/run_texts.h"
#include "ui/widgets/layer_strip.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

qint64 number(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number() ? found->get<std::int64_t>() : 0;
}

QString count(qint64 value) { return QString::fromStdString(format_count(value)); }
QString bytes(qint64 value) { return QString::fromStdString(format_bytes(value)); }

QString row(const QString& name, const QString& value) {
    return QStringLiteral("<tr><td style='padding:2px 14px 2px 0'>%1</td><td style='padding:2px 0'><b>%2</b></td></tr>")
        .arg(name, value);
}

}  // namespace

ReviewCard::ReviewCard(QWidget* parent)
    : QFrame(parent),
      title_(new QLabel),
      verdict_(new QLabel),
      facts_(new QLabel),
      warnings_(new QLabel),
      changed_(new QLabel),
      help_(new QLabel),
      strip_(new LayerStrip) {
    markCard(this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 12, 16, 14);
    layout->setSpacing(9);
    layout->addWidget(title_);
    layout->addWidget(verdict_);
    layout->addWidget(strip_);
    for (QLabel* label : {facts_, warnings_, changed_}) layout->addWidget(label);
    layout->addStretch();
    layout->addWidget(help_);
    for (QLabel* label : {verdict_, facts_, warnings_, changed_, help_}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    facts_->setTextFormat(Qt::RichText);
    markSecondary(help_);
    retranslate();
}

void ReviewCard::retranslate() {
    title_->setText(QStringLiteral("<b>%1</b>").arg(tr("Review")));
    setHelp({}, {});
    render();
}

void ReviewCard::setHelp(const QString& name, const QString& help) {
    if (help.isEmpty()) return help_->setText(tr("Click into a setting to read here what it does."));
    help_->setText(QStringLiteral("<b>%1</b><br>%2").arg(name.toHtmlEscaped(), help.toHtmlEscaped()));
}

void ReviewCard::showChecking() {
    checking_ = true;
    render();
}

void ReviewCard::showPlan(const json& plan) {
    plan_ = plan;
    blocker_.clear();
    hint_.clear();
    checking_ = false;
    ready_ = true;
    render();
}

void ReviewCard::showBlocker(const QString& message, const QString& hint) {
    plan_ = json();
    blocker_ = message;
    hint_ = hint;
    checking_ = false;
    ready_ = false;
    render();
}

void ReviewCard::setChanges(const QStringList& changes) {
    changes_ = changes;
    render();
}

/// "3 attention (A), 3 Mamba-2 (M)"
QString ReviewCard::layerRow() const {
    QMap<QString, int> kinds;
    for (const json& layer : plan_.value("layers", json::array()))
        if (layer.is_string()) ++kinds[QString::fromStdString(layer.get<std::string>())];
    QStringList parts;
    for (auto it = kinds.constBegin(); it != kinds.constEnd(); ++it) {
        parts << QStringLiteral("%1 %2 (%3)")
                     .arg(it.value())
                     .arg(choiceText(it.key()),
                          it.key() == QLatin1String("attention") ? QStringLiteral("A") : QStringLiteral("M"));
    }
    return parts.isEmpty() ? QString() : row(tr("Layers"), parts.join(QStringLiteral(", ")));
}

QString ReviewCard::planRows() const {
    QString rows;
    if (const qint64 teacher = number(plan_, "teacher_parameters"); teacher > 0)
        rows += row(tr("Teacher"), tr("%1 parameters").arg(count(teacher)));
    if (const qint64 student = number(plan_, "student_parameters"); student > 0)
        rows += row(tr("Student"), tr("%1 parameters").arg(count(student)));
    rows += layerRow();
    int index = 0;
    for (const json& stage : plan_.value("stages", json::array())) {
        rows += row(tr("Stage %1").arg(++index), stageText(QString::fromStdString(stage.value("kind", ""))));
        rows += row(
            tr("Length"),
            tr("%1 steps, %2 tokens").arg(QLocale().toString(number(stage, "steps")), count(number(stage, "tokens"))));
        rows += row(tr("Learns"),
                    tr("%1 of %2 parameters")
                        .arg(count(number(stage, "trained_parameters")),
                             count(number(stage, "trained_parameters") + number(stage, "frozen_parameters"))));
        const auto seconds = stage.find("seconds");
        if (seconds != stage.end()) {
            rows += row(tr("Time"), seconds->is_number()
                                        ? tr("\u2248 %1 on this machine").arg(durationText(seconds->get<double>()))
                                        : tr("known after the first steps"));
        }
        if (const qint64 memory = number(stage, "memory_bytes"); memory > 0)
            rows += row(tr("Memory"), tr("\u2248 %1").arg(bytes(memory)));
    }
    if (const qint64 disk = number(plan_, "disk_bytes"); disk > 0)
        rows += row(tr("Disk"), tr("%1 of %2 free").arg(bytes(disk), bytes(number(plan_, "free_disk_bytes"))));
    return rows;
}

void ReviewCard::render() {
    QString verdict = tr("Checking\u2026"), color = stateColor(QStringLiteral("queued")).name();
    if (!checking_ && ready_) {
        verdict = tr("\u2713 Ready to start");
        color = stateColor(QStringLiteral("completed")).name();
    } else if (!checking_) {
        verdict = QStringLiteral("\u2717 %1\n%2").arg(blocker_, hint_).trimmed();
        color = stateColor(QStringLiteral("failed")).name();
    }
    verdict_->setText(verdict);
    verdict_->setStyleSheet(QStringLiteral("font-weight: 600; color: %1").arg(color));

    QStringList layers, warnings;
    // What was planned before stays readable while the next plan is made.
    const bool planned = plan_.is_object();
    for (const json& layer : planned ? plan_.value("layers", json::array()) : json::array())
        if (layer.is_string()) layers << QString::fromStdString(layer.get<std::string>());
    for (const json& warning : planned ? plan_.value("warnings", json::array()) : json::array())
        if (warning.is_string())
            warnings << QStringLiteral("\u26a0 ") + QString::fromStdString(warning.get<std::string>());
    strip_->setLayers(layers);
    strip_->setVisible(!layers.isEmpty());
    facts_->setVisible(planned);
    if (planned) facts_->setText(QStringLiteral("<table>%1</table>").arg(planRows()));
    warnings_->setText(warnings.join(QLatin1Char('\n')));
    warnings_->setStyleSheet(QStringLiteral("color: %1").arg(stateColor(QStringLiteral("queued")).name()));
    warnings_->setVisible(!warnings.isEmpty());
    changed_->setText(tr("Changed from the preset:") + QStringLiteral("\n\u2022 ") +
                      changes_.join(QStringLiteral("\n\u2022 ")));
    changed_->setVisible(!changes_.isEmpty());
}

}  // namespace molt::ui
