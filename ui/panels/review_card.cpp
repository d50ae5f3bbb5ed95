// Texts of the review; unknown keys of a plan are ignored, missing ones leave their line out.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/review_card.h"

#include <QLabel>
#include <QLocale>
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
    : QFrame(parent), title_(new QLabel), verdict_(new QLabel), facts_(new QLabel), strip_(new LayerStrip) {
    markCard(this);
    verdict_->setWordWrap(true);
    verdict_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    facts_->setTextFormat(Qt::RichText);
    facts_->setWordWrap(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 12, 16, 14);
    layout->setSpacing(10);
    layout->addWidget(title_);
    layout->addWidget(verdict_);
    layout->addWidget(strip_);
    layout->addWidget(facts_);
    layout->addStretch();
    retranslate();
}

void ReviewCard::retranslate() {
    title_->setText(QStringLiteral("<b>%1</b>").arg(tr("Review")));
    render();
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

void ReviewCard::setChanges(int count) {
    changes_ = count;
    render();
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
    verdict_->setStyleSheet(QStringLiteral("color: %1").arg(color));

    QStringList layers;
    QString rows;
    if (plan_.is_object()) {
        for (const json& layer : plan_.value("layers", json::array()))
            if (layer.is_string()) layers << QString::fromStdString(layer.get<std::string>());
        if (const qint64 teacher = number(plan_, "teacher_parameters"); teacher > 0)
            rows += row(tr("Teacher"), tr("%1 parameters").arg(count(teacher)));
        if (const qint64 student = number(plan_, "student_parameters"); student > 0)
            rows += row(tr("Student"), tr("%1 parameters").arg(count(student)));
        int index = 0;
        for (const json& stage : plan_.value("stages", json::array())) {
            const QString name =
                tr("Stage %1: %2").arg(++index).arg(stageText(QString::fromStdString(stage.value("kind", ""))));
            rows += row(name, tr("%1 steps, %2 tokens")
                                  .arg(QLocale().toString(number(stage, "steps")), count(number(stage, "tokens"))));
            rows += row(tr("Learns"),
                        tr("%1 of %2 parameters")
                            .arg(count(number(stage, "trained_parameters")),
                                 count(number(stage, "trained_parameters") + number(stage, "frozen_parameters"))));
            if (const qint64 memory = number(stage, "memory_bytes"); memory > 0)
                rows += row(tr("Memory (estimate)"), bytes(memory));
        }
        if (const qint64 disk = number(plan_, "disk_bytes"); disk > 0)
            rows += row(tr("Disk"), tr("%1 of %2 free").arg(bytes(disk), bytes(number(plan_, "free_disk_bytes"))));
        for (const json& warning : plan_.value("warnings", json::array()))
            if (warning.is_string())
                rows +=
                    row(QStringLiteral("\u26a0"), QString::fromStdString(warning.get<std::string>()).toHtmlEscaped());
    }
    rows += row(tr("Changed from the preset"), tr("%n value(s)", nullptr, changes_));
    strip_->setLayers(layers);
    strip_->setVisible(!layers.isEmpty());
    facts_->setText(QStringLiteral("<table>%1</table>").arg(rows));
}

}  // namespace molt::ui
