// Connects the feed to the header, the charts and the event list of the chosen run.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/monitor_page.h"

#include <QClipboard>
#include <QDesktopServices>
#include <QGuiApplication>
#include <QLabel>
#include <QListWidget>
#include <QSplitter>
#include <QStackedLayout>
#include <QTimer>
#include <QUrl>
#include <QVBoxLayout>
#include <cmath>

#include "core/base/platform.h"
#include "core/spec/recipe.h"
#include "ui/models/event_text.h"
#include "ui/models/run_curves.h"
#include "ui/models/run_texts.h"
#include "ui/panels/curve_grid.h"
#include "ui/panels/run_header.h"
#include "ui/services/run_feed.h"
#include "ui/services/run_launcher.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

constexpr int kRedrawMs = 250, kClockMs = 1000;

}  // namespace

struct MonitorPage::Impl {
    AppContext& context;
    MonitorPage* page;
    RunHeader* header = nullptr;
    QStackedLayout* stack = nullptr;
    EmptyState* empty = nullptr;
    NoticeCard* card = nullptr;
    CurveGrid* charts = nullptr;
    QLabel* eventsTitle = nullptr;
    QListWidget* events = nullptr;
    RunCurves curves;
    std::optional<RunFailed> failure;
    qint64 run = 0;
    bool dirty = false;
    QTimer redraw, clock;

    Impl(AppContext& app, MonitorPage* owner) : context(app), page(owner) {}
    QWidget* makeRun();
    void connectHeader();
    void choose(qint64 id);
    void takeRuns();
    void takeEvents(const QVector<RunEvent>& arrived, bool first);
    void draw();
    void showState();
    void showTrouble(const RunSummary& known);
    const RunSummary* summary() const;
    void ask(const std::function<void(RunLauncher&)>& request);
};

QWidget* MonitorPage::Impl::makeRun() {
    auto* view = new QWidget;
    header = new RunHeader;
    card = new NoticeCard(false);
    charts = new CurveGrid;
    eventsTitle = new QLabel;
    events = new QListWidget;
    events->setUniformItemSizes(true);
    eventsTitle->setBuddy(events);
    auto* eventBox = new QWidget;
    auto* eventLayout = new QVBoxLayout(eventBox);
    eventLayout->setContentsMargins(0, 0, 0, 0);
    eventLayout->addWidget(eventsTitle);
    eventLayout->addWidget(events);
    auto* splitter = new QSplitter(Qt::Vertical);
    splitter->addWidget(charts);
    splitter->addWidget(eventBox);
    splitter->setStretchFactor(0, 1);
    splitter->setSizes({600, 110});
    splitter->setChildrenCollapsible(false);
    auto* layout = new QVBoxLayout(view);
    layout->setContentsMargins(18, 14, 18, 10);
    layout->setSpacing(10);
    layout->addWidget(header);
    layout->addWidget(card);
    layout->addWidget(splitter, 1);
    return view;
}

/// Does it, and looks at once what came of it.
void MonitorPage::Impl::ask(const std::function<void(RunLauncher&)>& request) {
    if (page->attempt([&] { request(*context.launcher); })) context.feed->refresh();
}

const RunSummary* MonitorPage::Impl::summary() const {
    for (const RunSummary& known : context.feed->runs())
        if (known.row.id == run) return &known;
    return nullptr;
}

void MonitorPage::Impl::choose(qint64 id) {
    if (id == run) return;
    run = id;
    curves.clear();
    failure.reset();
    events->clear();
    charts->clear();
    context.feed->follow(run);
    showState();
}

void MonitorPage::Impl::takeRuns() {
    const QVector<RunSummary>& runs = context.feed->runs();
    stack->setCurrentIndex(runs.isEmpty() ? 0 : 1);
    header->setRuns(runs);
    if (run > 0) header->choose(run);
    if (!runs.isEmpty()) choose(header->run());
    showState();
}

void MonitorPage::Impl::takeEvents(const QVector<RunEvent>& arrived, bool first) {
    if (first) {
        curves.clear();
        events->clear();
    }
    for (const RunEvent& event : arrived) {
        curves.apply(event);
        if (const auto* failed = std::get_if<RunFailed>(&event.body)) failure = *failed;
        if (std::holds_alternative<StateChanged>(event.body)) failure.reset();
        const QString line = eventText(event);
        if (line.isEmpty()) continue;
        auto* item = new QListWidgetItem(line);
        item->setToolTip(line);
        if (const QString color = eventColor(event); !color.isEmpty()) item->setForeground(stateColor(color));
        events->insertItem(0, item);
    }
    dirty = true;
    if (!redraw.isActive()) redraw.start(first ? 0 : kRedrawMs);
}

void MonitorPage::Impl::draw() {
    if (!dirty) return;
    dirty = false;
    const RunSummary* known = summary();
    charts->draw(curves, known && isUnderWay(known->state));
    showState();
}

void MonitorPage::Impl::showState() {
    const RunSummary* known = summary();
    RunFacts facts;
    facts.progress = curves.progress();
    if (known) {
        facts.state = known->state;
        facts.wanted = QString::fromStdString(known->row.wanted);
        facts.elapsed = secondsOfWork(known->row);
        const bool alive = isUnderWay(known->state);
        if (alive && known->row.started > 0) facts.elapsed = std::max(0.0, wall_clock() - known->row.started);
        const double last = curves.last(QStringLiteral("tokens_per_second"));
        facts.speed = alive ? facts.progress.tokens_per_second : std::isfinite(last) ? last : 0;
        const double kl = curves.last(QStringLiteral("eval/kl"));
        if (std::isfinite(kl)) facts.kl = kl;
        facts.bestKl = curves.smallest(QStringLiteral("eval/kl"));
        if (curves.lastSign() > 0) facts.silence = wall_clock() - curves.lastSign();
        showTrouble(*known);
        if (alive && !clock.isActive()) clock.start(kClockMs);
        if (!alive) clock.stop();
    } else {
        card->clear();
    }
    header->setFacts(facts);
}

void MonitorPage::Impl::showTrouble(const RunSummary& known) {
    const bool failed = known.state == QLatin1String("failed");
    if (!failed && known.state != QLatin1String("interrupted")) return card->clear();
    Notice notice;
    const auto resume =
        std::pair{MonitorPage::tr("Resume"),
                  std::function<void()>([this] { ask([this](RunLauncher& launcher) { launcher.resume(run); }); })};
    const auto change = std::pair{MonitorPage::tr("Change the recipe\u2026"), std::function<void()>([this] {
                                      if (const RunSummary* row = summary())
                                          Q_EMIT page->recipeRequested(QString::fromStdString(row->row.config));
                                  })};
    if (failed && failure) {
        notice.message = QString::fromStdString(failure->message);
        notice.hint = QString::fromStdString(failure->hint);
        notice.actions = {change, resume};
    } else if (failed) {
        notice.message = MonitorPage::tr("The run failed.");
        notice.hint = MonitorPage::tr("Its log says more.");
        notice.actions = {resume, change};
    } else {
        notice.message = MonitorPage::tr("The process of this run ended at step %1 without a word.")
                             .arg(QLocale().toString(qint64(curves.progress().step)));
        notice.hint = MonitorPage::tr(
            "It was killed, or the machine went down. Resume goes on from the last checkpoint, exactly.");
        notice.actions = {resume};
    }
    notice.actions.push_back({MonitorPage::tr("Open folder"), [this] {
                                  const auto folder = context.launcher->runFolder(run);
                                  QDesktopServices::openUrl(
                                      QUrl::fromLocalFile(QString::fromStdString(folder.string())));
                              }});
    card->present(notice);
}

void MonitorPage::Impl::connectHeader() {
    QObject::connect(header, &RunHeader::runChosen, page, [this](qint64 id) { choose(id); });
    QObject::connect(header, &RunHeader::requested, page, [this](const QString& wanted) {
        ask([&](RunLauncher& launcher) { launcher.request(run, wanted); });
    });
    QObject::connect(header, &RunHeader::resumeRequested, page,
                     [this] { ask([this](RunLauncher& launcher) { launcher.resume(run); }); });
    QObject::connect(header, &RunHeader::forceRequested, page,
                     [this] { ask([this](RunLauncher& launcher) { launcher.kill(run); }); });
    QObject::connect(header, &RunHeader::chatRequested, page, [this] {
        if (const RunSummary* known = summary()) Q_EMIT page->chatRequested(known->teacher, known->modelPath);
    });
}

MonitorPage::MonitorPage(AppContext& context, QWidget* parent)
    : Page(parent), impl_(std::make_unique<Impl>(context, this)) {
    Impl& d = *impl_;
    d.empty = new EmptyState;
    d.stack = new QStackedLayout(this);
    d.stack->addWidget(d.empty);
    d.stack->addWidget(d.makeRun());
    d.redraw.setSingleShot(true);
    connect(&d.redraw, &QTimer::timeout, this, [&d] { d.draw(); });
    connect(&d.clock, &QTimer::timeout, this, [&d] { d.showState(); });
    connect(d.empty, &EmptyState::actionRequested, this, [this, &d] {
        qint64 run = 0;
        if (attempt([&] { run = d.context.launcher->start(load_preset("tiny-demo")); })) showRun(run);
    });
    connect(context.feed, &RunFeed::runsChanged, this, [&d] { d.takeRuns(); });
    connect(context.feed, &RunFeed::eventsArrived, this, [&d](qint64 run, const QVector<RunEvent>& events, bool first) {
        if (run == d.run) d.takeEvents(events, first);
    });
    d.connectHeader();
    retranslate();
    d.takeRuns();
}

MonitorPage::~MonitorPage() = default;

void MonitorPage::showRun(qint64 run) {
    impl_->header->choose(run);
    impl_->choose(run);
    impl_->context.feed->refresh();
}

void MonitorPage::retranslate() {
    Impl& d = *impl_;
    d.empty->setTexts(
        tr("No runs yet"),
        tr("The tiny demo turns a small teacher into a 50 % Mamba-2 hybrid on this machine, without a download. It "
           "takes about half a minute; then you can chat with both."),
        tr("Try the tiny demo"));
    d.eventsTitle->setText(tr("&Events"));
    d.events->setAccessibleName(tr("Events"));
    d.charts->retranslate();
    d.header->retranslate();
    d.card->clear();
    d.dirty = true;
    d.draw();
}

}  // namespace molt::ui
