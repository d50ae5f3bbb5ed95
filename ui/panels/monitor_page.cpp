// Connects the feed to the header, the charts and the event list of the chosen run.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/monitor_page.h"

#include <QCheckBox>
#include <QDateTime>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QStackedLayout>
#include <QTimer>
#include <QVBoxLayout>
#include <array>

#include "core/base/error.h"
#include "core/spec/recipe.h"
#include "ui/models/run_curves.h"
#include "ui/models/run_texts.h"
#include "ui/panels/run_header.h"
#include "ui/services/run_feed.h"
#include "ui/services/run_launcher.h"
#include "ui/widgets/plot_view.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

constexpr int kRedrawMs = 250;

struct SeriesSpec {
    const char *key, *label;
};
struct PanelSpec {
    const char* title;
    std::array<SeriesSpec, 3> series;
};
constexpr PanelSpec kPanels[] = {
    {QT_TRANSLATE_NOOP("MonitorPage", "Loss (nats per token)"),
     {{{"loss", QT_TRANSLATE_NOOP("MonitorPage", "total")},
       {"loss_kl", QT_TRANSLATE_NOOP("MonitorPage", "KL")},
       {"loss_ce", QT_TRANSLATE_NOOP("MonitorPage", "CE")}}}},
    {QT_TRANSLATE_NOOP("MonitorPage", "Held-out KL to the teacher (nats per token)"),
     {{{"eval/kl", QT_TRANSLATE_NOOP("MonitorPage", "KL")}, {}, {}}}},
    {QT_TRANSLATE_NOOP("MonitorPage", "Held-out perplexity"),
     {{{"eval/perplexity", QT_TRANSLATE_NOOP("MonitorPage", "perplexity")}, {}, {}}}},
    {QT_TRANSLATE_NOOP("MonitorPage", "Learning rate"),
     {{{"learning_rate", QT_TRANSLATE_NOOP("MonitorPage", "learning rate")}, {}, {}}}},
    {QT_TRANSLATE_NOOP("MonitorPage", "Gradient norm"),
     {{{"grad_norm", QT_TRANSLATE_NOOP("MonitorPage", "norm")}, {}, {}}}},
    {QT_TRANSLATE_NOOP("MonitorPage", "Speed (tokens/s)"),
     {{{"tokens_per_second", QT_TRANSLATE_NOOP("MonitorPage", "tokens/s")}, {}, {}}}},
};

QString eventLine(const RunEvent& event) {
    QString text;
    if (const auto* log = std::get_if<LogLine>(&event.body)) {
        text = QStringLiteral("%1: %2").arg(QString::fromStdString(log->topic), QString::fromStdString(log->text));
    } else if (const auto* saved = std::get_if<CheckpointSaved>(&event.body)) {
        text = MonitorPage::tr("Checkpoint at step %1").arg(saved->step);
    } else if (const auto* state = std::get_if<StateChanged>(&event.body)) {
        text =
            MonitorPage::tr("%1 (attempt %2)").arg(stateText(QString::fromStdString(state->state))).arg(state->attempt);
    } else if (const auto* finished = std::get_if<RunFinished>(&event.body)) {
        text = MonitorPage::tr("Completed: %1").arg(QString::fromStdString(finished->model_path));
    } else if (const auto* failed = std::get_if<RunFailed>(&event.body)) {
        text = MonitorPage::tr("Failed: %1").arg(QString::fromStdString(failed->message));
    } else {
        return {};
    }
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(event.time * 1000));
    return QLocale().toString(time.time(), QStringLiteral("HH:mm:ss")) + QStringLiteral("  ") + text;
}

}  // namespace

struct MonitorPage::Impl {
    AppContext& context;
    MonitorPage* page;
    RunHeader* header = nullptr;
    QStackedLayout* stack = nullptr;
    QLabel *emptyTitle = nullptr, *emptyText = nullptr, *error = nullptr, *eventsTitle = nullptr,
           *smoothingLabel = nullptr;
    QPushButton *tryDemo = nullptr, *fit = nullptr;
    QDoubleSpinBox* smoothing = nullptr;
    QCheckBox *logY = nullptr, *outliers = nullptr;
    QListWidget* events = nullptr;
    std::vector<PlotView*> plots;
    RunCurves curves;
    std::optional<RunFailed> failure;
    qint64 run = 0;
    bool dirty = false;
    QTimer redraw;

    Impl(AppContext& app, MonitorPage* owner) : context(app), page(owner) {}
    QWidget* makeEmpty();
    QWidget* makeRun();
    void choose(qint64 id);
    void takeRuns();
    void takeEvents(const QVector<RunEvent>& arrived, bool first);
    void draw();
    void showState();
    const RunSummary* summary() const;
    template <class Action>
    void attempt(Action&& action);
};

template <class Action>
void MonitorPage::Impl::attempt(Action&& action) {
    try {
        action();
        context.feed->refresh();
    } catch (...) {
        const Failure problem = describe_current_exception();
        Q_EMIT page->noticed(QString::fromStdString(problem.message + " " + problem.hint));
    }
}

QWidget* MonitorPage::Impl::makeEmpty() {
    auto* empty = new QWidget;
    emptyTitle = new QLabel;
    emptyText = new QLabel;
    emptyText->setWordWrap(true);
    emptyText->setAlignment(Qt::AlignCenter);
    emptyText->setFixedWidth(emptyText->fontMetrics().averageCharWidth() * 70);
    markHeading(emptyTitle);
    markSecondary(emptyText);
    tryDemo = new QPushButton;
    tryDemo->setProperty("primary", true);
    auto* layout = new QVBoxLayout(empty);
    layout->addStretch();
    layout->addWidget(emptyTitle, 0, Qt::AlignCenter);
    layout->addWidget(emptyText, 0, Qt::AlignHCenter);
    layout->addSpacing(10);
    layout->addWidget(tryDemo, 0, Qt::AlignCenter);
    layout->addStretch();
    connect(tryDemo, &QPushButton::clicked, page, [this] {
        attempt([this] { Q_EMIT page->openRunRequested(context.launcher->start(load_preset("tiny-demo"))); });
    });
    return empty;
}

QWidget* MonitorPage::Impl::makeRun() {
    auto* view = new QWidget;
    header = new RunHeader;
    error = new QLabel;
    error->setWordWrap(true);
    error->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    error->setMargin(10);
    error->hide();

    auto* controls = new QHBoxLayout;
    smoothingLabel = new QLabel;
    smoothing = new QDoubleSpinBox;
    smoothing->setRange(0, 0.99);
    smoothing->setSingleStep(0.05);
    smoothing->setValue(0.6);
    smoothingLabel->setBuddy(smoothing);
    logY = new QCheckBox;
    outliers = new QCheckBox;
    outliers->setChecked(true);
    fit = new QPushButton;
    controls->addWidget(smoothingLabel);
    controls->addWidget(smoothing);
    controls->addWidget(logY);
    controls->addWidget(outliers);
    controls->addWidget(fit);
    controls->addStretch();

    auto* grid = new QGridLayout;
    grid->setSpacing(10);
    for (std::size_t i = 0; i < std::size(kPanels); ++i) {
        auto* card = new QFrame;
        markCard(card);
        auto* inner = new QVBoxLayout(card);
        inner->setContentsMargins(10, 8, 10, 6);
        plots.push_back(new PlotView);
        inner->addWidget(plots.back());
        grid->addWidget(card, static_cast<int>(i / 3), static_cast<int>(i % 3));
    }
    for (int column = 0; column < 3; ++column) grid->setColumnStretch(column, 1);

    auto* eventBox = new QWidget;
    auto* eventLayout = new QVBoxLayout(eventBox);
    eventLayout->setContentsMargins(0, 0, 0, 0);
    eventsTitle = new QLabel;
    events = new QListWidget;
    events->setUniformItemSizes(true);
    eventsTitle->setBuddy(events);
    eventLayout->addWidget(eventsTitle);
    eventLayout->addWidget(events);
    auto* chartBox = new QWidget;
    auto* chartLayout = new QVBoxLayout(chartBox);
    chartLayout->setContentsMargins(0, 0, 0, 0);
    chartLayout->addLayout(controls);
    chartLayout->addLayout(grid, 1);
    auto* splitter = new QSplitter(Qt::Vertical);
    splitter->addWidget(chartBox);
    splitter->addWidget(eventBox);
    splitter->setStretchFactor(0, 5);
    splitter->setStretchFactor(1, 1);
    splitter->setChildrenCollapsible(false);

    auto* layout = new QVBoxLayout(view);
    layout->setContentsMargins(18, 14, 18, 10);
    layout->addWidget(header);
    layout->addWidget(error);
    layout->addWidget(splitter, 1);
    return view;
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
    for (PlotView* plot : plots) plot->clear();
    context.feed->follow(run);
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
        if (const QString line = eventLine(event); !line.isEmpty()) events->insertItem(0, line);
    }
    dirty = true;
    if (!redraw.isActive()) redraw.start(first ? 0 : kRedrawMs);
}

void MonitorPage::Impl::draw() {
    if (!dirty) return;
    dirty = false;
    for (std::size_t i = 0; i < plots.size(); ++i) {
        for (const auto& [key, label] : kPanels[i].series) {
            const auto found = curves.all().constFind(QString::fromLatin1(key));
            if (key == nullptr || found == curves.all().constEnd()) continue;
            plots[i]->setSeries(found.key(), MonitorPage::tr(label), found->step, found->value);
        }
    }
    showState();
}

void MonitorPage::Impl::showState() {
    const RunSummary* known = summary();
    header->setProgress(curves.progress(), known ? known->state : QString(), known ? secondsOfWork(known->row) : -1);
    const bool bad = known && (known->state == QLatin1String("failed") || known->state == QLatin1String("interrupted"));
    error->setVisible(bad);
    if (!bad) return;
    QString text = MonitorPage::tr(
                       "The process of this run ended at step %1 without a word: it was killed, or the machine went "
                       "down. Resume goes on from the last checkpoint.")
                       .arg(curves.progress().step);
    if (failure) {
        text = QStringLiteral("<b>%1</b> (%2)<br>%3")
                   .arg(QString::fromStdString(failure->message).toHtmlEscaped(), QString::fromStdString(failure->code),
                        QString::fromStdString(failure->hint).toHtmlEscaped());
    }
    error->setText(text);
    error->setStyleSheet(QStringLiteral("border: 1px solid %1; border-left: 4px solid %1; border-radius: 6px;")
                             .arg(stateColor(QStringLiteral("failed")).name()));
}

MonitorPage::MonitorPage(AppContext& context, QWidget* parent)
    : Page(parent), impl_(std::make_unique<Impl>(context, this)) {
    Impl& d = *impl_;
    d.stack = new QStackedLayout(this);
    d.stack->addWidget(d.makeEmpty());
    d.stack->addWidget(d.makeRun());
    d.redraw.setSingleShot(true);
    connect(&d.redraw, &QTimer::timeout, this, [&d] { d.draw(); });
    connect(context.feed, &RunFeed::runsChanged, this, [&d] { d.takeRuns(); });
    connect(context.feed, &RunFeed::eventsArrived, this, [&d](qint64 run, const QVector<RunEvent>& events, bool first) {
        if (run == d.run) d.takeEvents(events, first);
    });
    connect(d.header, &RunHeader::runChosen, this, [&d](qint64 run) { d.choose(run); });
    connect(d.header, &RunHeader::requested, this,
            [&d](const QString& wanted) { d.attempt([&] { d.context.launcher->request(d.run, wanted); }); });
    connect(d.header, &RunHeader::resumeRequested, this,
            [&d] { d.attempt([&] { d.context.launcher->resume(d.run); }); });
    connect(d.header, &RunHeader::chatRequested, this, [this, &d] {
        if (const RunSummary* known = d.summary()) {
            const RunConfig config = recipe_from_json(parse_json(known->row.config, "run"), "run");
            Q_EMIT chatRequested(QString::fromStdString(config.teacher), known->modelPath);
        }
    });
    connect(d.smoothing, qOverload<double>(&QDoubleSpinBox::valueChanged), this, [&d](double value) {
        for (PlotView* plot : d.plots) plot->setSmoothing(value);
    });
    connect(d.logY, &QCheckBox::toggled, this, [&d](bool on) {
        for (PlotView* plot : d.plots) plot->setLogY(on);
    });
    connect(d.outliers, &QCheckBox::toggled, this, [&d](bool on) {
        for (PlotView* plot : d.plots) plot->setIgnoreOutliers(on);
    });
    for (PlotView* plot : d.plots) {
        connect(plot, &PlotView::logRequested, d.logY, &QCheckBox::toggle);
        connect(plot, &PlotView::smoothingRequested, this,
                [&d](double change) { d.smoothing->setValue(d.smoothing->value() + change); });
    }
    connect(d.fit, &QPushButton::clicked, this, [&d] {
        for (PlotView* plot : d.plots) plot->fit();
    });
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
    d.emptyTitle->setText(tr("No runs yet"));
    d.emptyText->setText(
        tr("The tiny demo turns a small teacher into a 50 % Mamba-2 hybrid on this machine, without a download. It "
           "takes about a minute and a half; then you can chat with both."));
    d.tryDemo->setText(tr("Try the tiny demo"));
    d.smoothingLabel->setText(tr("Smoothing"));
    d.smoothing->setAccessibleName(tr("Smoothing"));
    d.logY->setText(tr("Log axis"));
    d.outliers->setText(tr("Ignore outliers"));
    d.outliers->setToolTip(tr("Leaves single far values out of the range of the axis; a badge counts them"));
    d.fit->setText(tr("Fit"));
    d.fit->setToolTip(tr("Shows the whole curve and follows it (double click in a chart does the same)"));
    d.eventsTitle->setText(tr("Events"));
    d.events->setAccessibleName(tr("Events"));
    for (std::size_t i = 0; i < d.plots.size(); ++i) d.plots[i]->setTitle(tr(kPanels[i].title));
    d.header->retranslate();
    d.dirty = true;
    d.draw();
}

}  // namespace molt::ui
