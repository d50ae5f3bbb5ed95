// Buttons appear only where they do something: a running run can be held or stopped, a stopped one resumed, and so on.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/run_header.h"

#include <QAction>
#include <QComboBox>
#include <QDateTime>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/models/run_texts.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

bool isOneOf(const QString& state, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (state == QLatin1String(name)) return true;
    return false;
}

}  // namespace

RunHeader::RunHeader(QWidget* parent)
    : QWidget(parent),
      chooser_(new QComboBox),
      chip_(new QLabel),
      facts_(new QLabel),
      bar_(new QProgressBar),
      stop_(new QToolButton),
      stopSave_(new QAction(this)),
      stopDiscard_(new QAction(this)),
      saveNow_(new QAction(this)),
      hold_(new QPushButton),
      resume_(new QPushButton),
      chat_(new QPushButton) {
    chooser_->setMinimumContentsLength(24);
    chooser_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    bar_->setTextVisible(false);
    bar_->setFixedHeight(6);
    bar_->setRange(0, 1000);
    facts_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    markSecondary(facts_);
    auto* menu = new QMenu(stop_);
    menu->addAction(stopSave_);
    menu->addAction(stopDiscard_);
    stop_->setMenu(menu);
    stop_->setPopupMode(QToolButton::InstantPopup);
    stop_->setToolButtonStyle(Qt::ToolButtonTextOnly);
    resume_->setProperty("primary", true);
    chat_->setProperty("primary", true);
    stopSave_->setShortcut(QKeySequence(Qt::SHIFT | Qt::Key_F5));
    addAction(stopSave_);
    addAction(saveNow_);

    auto* first = new QHBoxLayout;
    first->addWidget(chooser_);
    first->addWidget(chip_);
    first->addStretch();
    for (QWidget* button : std::initializer_list<QWidget*>{hold_, stop_, resume_, chat_}) first->addWidget(button);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(first);
    layout->addWidget(bar_);
    layout->addWidget(facts_);

    connect(chooser_, qOverload<int>(&QComboBox::activated), this, [this] { Q_EMIT runChosen(run()); });
    connect(stopSave_, &QAction::triggered, this, [this] { Q_EMIT requested(QStringLiteral("stop_save")); });
    connect(stopDiscard_, &QAction::triggered, this, [this] { Q_EMIT requested(QStringLiteral("stop_discard")); });
    connect(hold_, &QPushButton::clicked, this, [this] {
        Q_EMIT requested(state_ == QLatin1String("held") ? QStringLiteral("run") : QStringLiteral("hold"));
    });
    connect(resume_, &QPushButton::clicked, this, &RunHeader::resumeRequested);
    connect(chat_, &QPushButton::clicked, this, &RunHeader::chatRequested);
    retranslate();
}

void RunHeader::retranslate() {
    chooser_->setAccessibleName(tr("Run"));
    chooser_->setToolTip(tr("Which run is shown"));
    bar_->setAccessibleName(tr("Progress"));
    stop_->setText(tr("Stop"));
    stop_->setAccessibleName(tr("Stop"));
    stopSave_->setText(tr("Save and stop \u2013 writes a checkpoint, can be resumed"));
    stopDiscard_->setText(tr("Discard \u2013 everything since the last checkpoint is lost"));
    resume_->setText(tr("Resume"));
    chat_->setText(tr("Chat with it"));
    updateButtons();
}

void RunHeader::setRuns(const QVector<RunSummary>& runs) {
    const bool same = std::equal(
        runs.begin(), runs.end(), runs_.begin(), runs_.end(),
        [](const RunSummary& a, const RunSummary& b) { return a.row.id == b.row.id && a.row.name == b.row.name; });
    runs_ = runs;
    // An open list of choices must not be rebuilt under the pointer.
    if (same) return;
    const qint64 chosen = run();
    chooser_->clear();
    for (const RunSummary& summary : runs_) {
        chooser_->addItem(QStringLiteral("%1  #%2").arg(QString::fromStdString(summary.row.name)).arg(summary.row.id),
                          QVariant::fromValue<qint64>(summary.row.id));
    }
    choose(chosen);
}

void RunHeader::choose(qint64 run) {
    const int index = chooser_->findData(QVariant::fromValue<qint64>(run));
    chooser_->setCurrentIndex(index >= 0 ? index : (chooser_->count() > 0 ? 0 : -1));
}

qint64 RunHeader::run() const { return chooser_->currentData().toLongLong(); }

void RunHeader::setProgress(const Progress& progress, const QString& state, double elapsed) {
    progress_ = progress;
    elapsed_ = elapsed;
    state_ = state;
    updateButtons();
}

void RunHeader::updateButtons() {
    const bool alive = isOneOf(state_, {"running", "held", "starting"});
    hold_->setVisible(isOneOf(state_, {"running", "held"}));
    hold_->setText(state_ == QLatin1String("held") ? tr("Go on") : tr("Hold"));
    hold_->setToolTip(tr("Waits between two steps; memory stays taken"));
    stop_->setVisible(alive || state_ == QLatin1String("queued"));
    resume_->setVisible(isOneOf(state_, {"stopped", "interrupted", "failed", "released"}));
    chat_->setVisible(state_ == QLatin1String("completed"));
    chip_->setText(QStringLiteral("\u25cf ") + stateText(state_));
    chip_->setStyleSheet(QStringLiteral("font-weight: 600; color: %1").arg(stateColor(state_).name()));
    chip_->setVisible(!state_.isEmpty());

    bar_->setValue(progress_.steps > 0 ? static_cast<int>(1000 * progress_.step / progress_.steps) : 0);
    QStringList facts;
    const QLocale locale;
    if (progress_.num_stages > 0) {
        facts << tr("Stage %1 of %2: %3")
                     .arg(progress_.stage_index + 1)
                     .arg(progress_.num_stages)
                     .arg(stageText(QString::fromStdString(progress_.stage)));
    }
    if (progress_.steps > 0)
        facts << tr("step %1 / %2")
                     .arg(locale.toString(qint64(progress_.step)), locale.toString(qint64(progress_.steps)));
    if (progress_.tokens > 0) facts << tr("%1 tokens").arg(locale.toString(qint64(progress_.tokens)));
    if (progress_.tokens_per_second > 0)
        facts << tr("%1 tokens/s").arg(locale.toString(progress_.tokens_per_second, 'f', 0));
    if (elapsed_ >= 0) facts << tr("%1 elapsed").arg(durationText(elapsed_));
    if (state_ == QLatin1String("running")) {
        if (progress_.eta_seconds >= 0) {
            const QTime end = QDateTime::currentDateTime().addSecs(static_cast<qint64>(progress_.eta_seconds)).time();
            facts << tr("about %1 left (\u2248 %2)")
                         .arg(durationText(progress_.eta_seconds), locale.toString(end, QLocale::ShortFormat));
        } else {
            facts << tr("estimating the time left\u2026");
        }
    }
    facts_->setText(facts.join(QStringLiteral("   \u00b7   ")));
}

}  // namespace molt::ui
