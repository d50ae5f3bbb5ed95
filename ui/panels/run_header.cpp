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

#include "core/base/platform.h"
#include "ui/models/run_texts.h"
#include "ui/widgets/stat_tiles.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

constexpr double kForceAfterSeconds = 60, kSilentSeconds = 60;

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
      bar_(new QProgressBar),
      tiles_(new StatTiles),
      stop_(new QToolButton),
      stopSave_(new QAction(this)),
      stopDiscard_(new QAction(this)),
      hold_(new QPushButton),
      saveNow_(new QPushButton),
      evalNow_(new QPushButton),
      resume_(new QPushButton),
      force_(new QPushButton),
      chat_(new QPushButton) {
    chooser_->setMinimumContentsLength(24);
    chooser_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    bar_->setTextVisible(false);
    bar_->setFixedHeight(8);
    bar_->setRange(0, 1000);
    auto* menu = new QMenu(stop_);
    menu->addAction(stopSave_);
    menu->addAction(stopDiscard_);
    stop_->setMenu(menu);
    stop_->setPopupMode(QToolButton::InstantPopup);
    stop_->setToolButtonStyle(Qt::ToolButtonTextOnly);
    stop_->setProperty("wide", true);
    resume_->setProperty("primary", true);
    chat_->setProperty("primary", true);
    stopSave_->setShortcut(QKeySequence(Qt::SHIFT | Qt::Key_F5));
    addAction(stopSave_);

    auto* first = new QHBoxLayout;
    first->addWidget(chooser_);
    first->addWidget(chip_);
    first->addStretch();
    for (QWidget* button : std::initializer_list<QWidget*>{evalNow_, saveNow_, hold_, force_, stop_, resume_, chat_})
        first->addWidget(button);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(9);
    layout->addLayout(first);
    layout->addWidget(bar_);
    layout->addWidget(tiles_);

    connect(chooser_, qOverload<int>(&QComboBox::activated), this, [this] { Q_EMIT runChosen(run()); });
    const auto asks = [this](auto* sender, auto signal, const char* wanted) {
        connect(sender, signal, this, [this, wanted] { Q_EMIT requested(QString::fromLatin1(wanted)); });
    };
    asks(stopSave_, &QAction::triggered, "stop_save");
    asks(stopDiscard_, &QAction::triggered, "stop_discard");
    asks(saveNow_, &QPushButton::clicked, "save_now");
    asks(evalNow_, &QPushButton::clicked, "eval_now");
    connect(hold_, &QPushButton::clicked, this, [this] {
        Q_EMIT requested(facts_.state == QLatin1String("held") ? QStringLiteral("run") : QStringLiteral("hold"));
    });
    connect(resume_, &QPushButton::clicked, this, &RunHeader::resumeRequested);
    connect(force_, &QPushButton::clicked, this, &RunHeader::forceRequested);
    connect(chat_, &QPushButton::clicked, this, &RunHeader::chatRequested);
    retranslate();
}

void RunHeader::retranslate() {
    chooser_->setAccessibleName(tr("Run"));
    chooser_->setToolTip(tr("Which run is shown"));
    bar_->setAccessibleName(tr("Progress"));
    tiles_->setAccessibleName(tr("State of the run in numbers"));
    stop_->setText(tr("Stop \u25be"));
    stop_->setAccessibleName(tr("Stop"));
    stopSave_->setText(tr("Save and stop \u2013 writes a checkpoint, can be resumed"));
    stopDiscard_->setText(tr("Stop without saving \u2013 everything since the last checkpoint is lost"));
    saveNow_->setText(tr("Save now"));
    saveNow_->setToolTip(tr("Writes a checkpoint after this step and goes on"));
    evalNow_->setText(tr("Evaluate now"));
    evalNow_->setToolTip(tr("Measures KL and perplexity on held-out text after this step and goes on"));
    resume_->setText(tr("Resume"));
    resume_->setToolTip(tr("Goes on from the last checkpoint"));
    force_->setText(tr("End it by force"));
    force_->setToolTip(tr("Kills the process; Resume goes on from the last checkpoint"));
    chat_->setText(tr("Chat with it"));
    refresh();
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

void RunHeader::setFacts(const RunFacts& facts) {
    const bool stopping = facts.state == QLatin1String("stopping");
    if (!stopping) stoppingSince_ = 0;
    if (stopping && stoppingSince_ <= 0) stoppingSince_ = steady_clock();
    facts_ = facts;
    refresh();
}

QString RunHeader::chipText() const {
    QString text = QStringLiteral("\u25cf ") + stateText(facts_.state);
    const QString phase = phaseText(QString::fromStdString(facts_.progress.phase));
    const bool working = isOneOf(facts_.state, {"running", "starting", "stopping"});
    if (working && !phase.isEmpty()) text += QStringLiteral(" \u00b7 ") + phase;
    if (stoppingSince_ > 0) text += QStringLiteral(" \u00b7 ") + durationText(steady_clock() - stoppingSince_);
    if (facts_.state == QLatin1String("running") && facts_.silence > kSilentSeconds)
        text += QStringLiteral(" \u00b7 ") + tr("no step for %1").arg(durationText(facts_.silence));
    return text;
}

void RunHeader::refresh() {
    updateButtons();
    const Progress& progress = facts_.progress;
    const bool silent = facts_.state == QLatin1String("running") && facts_.silence > kSilentSeconds;
    const QColor color = stateColor(silent ? QStringLiteral("held") : facts_.state);
    chip_->setText(chipText());
    chip_->setStyleSheet(QStringLiteral("font-weight: 600; padding: 3px 10px; border-radius: 10px; color: %1;"
                                        "background: rgba(%2, %3, %4, 28)")
                             .arg(color.name())
                             .arg(color.red())
                             .arg(color.green())
                             .arg(color.blue()));
    chip_->setVisible(!facts_.state.isEmpty());
    bar_->setValue(progress.steps > 0 ? static_cast<int>(1000 * progress.step / progress.steps) : 0);
    tiles_->setTiles(tiles());
}

void RunHeader::updateButtons() {
    const QString& state = facts_.state;
    const bool alive = isOneOf(state, {"running", "held", "starting"}), working = isOneOf(state, {"running", "held"});
    hold_->setVisible(working);
    hold_->setText(state == QLatin1String("held") ? tr("Go on") : tr("Hold"));
    hold_->setToolTip(state == QLatin1String("held") ? tr("Goes on with the next step")
                                                     : tr("Waits between two steps; memory stays taken"));
    // A wish that is on its way cannot be wished again.
    for (const auto& [button, wish] : {std::pair{saveNow_, "save_now"}, {evalNow_, "eval_now"}}) {
        button->setVisible(working);
        button->setEnabled(facts_.wanted != QLatin1String(wish));
    }
    stop_->setVisible(alive || state == QLatin1String("queued"));
    stopSave_->setEnabled(stop_->isVisibleTo(this));
    force_->setVisible(stoppingSince_ > 0 && steady_clock() - stoppingSince_ > kForceAfterSeconds);
    resume_->setVisible(isOneOf(state, {"stopped", "interrupted", "failed", "released"}));
    chat_->setVisible(state == QLatin1String("completed"));
}

QVector<StatTile> RunHeader::tiles() const {
    const Progress& progress = facts_.progress;
    const QLocale locale;
    QVector<StatTile> tiles;
    if (progress.num_stages > 0) {
        tiles.push_back({tr("Stage %1 of %2").arg(progress.stage_index + 1).arg(progress.num_stages),
                         stageText(QString::fromStdString(progress.stage)),
                         {}});
    }
    if (progress.steps > 0) {
        tiles.push_back({tr("Step"),
                         QStringLiteral("%1 / %2").arg(locale.toString(qint64(progress.step)),
                                                       locale.toString(qint64(progress.steps))),
                         {}});
    }
    if (progress.tokens > 0) tiles.push_back({tr("Tokens"), locale.toString(qint64(progress.tokens)), {}});
    if (facts_.speed > 0)
        tiles.push_back({tr("Speed"), tr("%1 tokens/s").arg(locale.toString(facts_.speed, 'f', 0)), {}});
    if (facts_.kl >= 0) {
        tiles.push_back(
            {tr("Held-out KL"), tr("%1 nats").arg(numberText(facts_.kl)),
             tr("Distance to the teacher on text that is not trained on, nats per token. Smallest so far: %1")
                 .arg(numberText(facts_.bestKl))});
    }
    if (facts_.elapsed >= 0) tiles.push_back({tr("Elapsed"), durationText(facts_.elapsed), {}});
    if (facts_.state != QLatin1String("running")) return tiles;
    if (progress.eta_seconds < 0) {
        tiles.push_back({tr("Time left"), tr("estimating\u2026"), {}});
        return tiles;
    }
    const QTime end = QDateTime::currentDateTime().addSecs(static_cast<qint64>(progress.eta_seconds)).time();
    tiles.push_back(
        {tr("Time left"),
         tr("%1 (\u2248 %2)").arg(durationText(progress.eta_seconds), locale.toString(end, QStringLiteral("HH:mm"))),
         tr("Estimated from the steps of this attempt; the time of day is when it ends")});
    return tiles;
}

}  // namespace molt::ui
