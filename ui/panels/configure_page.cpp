// Form, raw JSON and review over one recipe; Start stores it as a run and shows the run.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/configure_page.h"

#include <QButtonGroup>
#include <QClipboard>
#include <QComboBox>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/spec/recipe.h"
#include "ui/panels/review_card.h"
#include "ui/services/recipe_checker.h"
#include "ui/services/run_feed.h"
#include "ui/services/run_launcher.h"
#include "ui/widgets/config_form.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

struct ConfigurePage::Impl {
    AppContext& context;
    ConfigurePage* page;
    RecipeChecker checker;
    QComboBox* presets = nullptr;
    QPushButton *open = nullptr, *save = nullptr, *undo = nullptr, *redo = nullptr, *copy = nullptr, *start = nullptr;
    QRadioButton *shortView = nullptr, *advancedView = nullptr, *rawView = nullptr;
    QLabel *presetLabel = nullptr, *rawProblem = nullptr, *startReason = nullptr;
    QStackedWidget* views = nullptr;
    ConfigForm* form = nullptr;
    QPlainTextEdit* raw = nullptr;
    ReviewCard* review = nullptr;
    RunConfig reference, shown;  // shown: as after the last edit
    std::vector<RunConfig> undone, done;
    QElapsedTimer lastEdit;
    QLabel* welcome = nullptr;
    bool loaded = false, fillingRaw = false;

    Impl(AppContext& app, ConfigurePage* owner) : context(app), page(owner), checker(app.moltProgram, app.database) {}
    QWidget* makeTop();
    QWidget* makeForm();
    QWidget* makeSide();
    void load(const RunConfig& config);
    void changed();
    void remember();
    void step(std::vector<RunConfig>& from, std::vector<RunConfig>& to);
    void takeRaw();
    void fillRaw();
    void updateStart();
    void saveAs();
    void openFile();
    void launch();
    QString commandLine() const;
    template <class Action>
    void attempt(Action&& action);
};

template <class Action>
void ConfigurePage::Impl::attempt(Action&& action) {
    try {
        action();
    } catch (...) {
        const Failure problem = describe_current_exception();
        review->showBlocker(QString::fromStdString(problem.message), QString::fromStdString(problem.hint));
        updateStart();
    }
}

QWidget* ConfigurePage::Impl::makeTop() {
    auto* top = new QWidget;
    presetLabel = new QLabel;
    presets = new QComboBox;
    presets->setMinimumContentsLength(16);
    try {
        for (const std::string& name : preset_names()) presets->addItem(QString::fromStdString(name));
    } catch (const Error&) {
        presets->setEnabled(false);  // an incomplete installation: recipes can still be opened
    }
    presetLabel->setBuddy(presets);
    open = new QPushButton;
    save = new QPushButton;
    undo = new QPushButton;
    redo = new QPushButton;
    shortView = new QRadioButton;
    advancedView = new QRadioButton;
    rawView = new QRadioButton;
    shortView->setChecked(true);
    auto* layout = new QHBoxLayout(top);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(presetLabel);
    layout->addWidget(presets);
    layout->addWidget(open);
    layout->addWidget(save);
    layout->addWidget(undo);
    layout->addWidget(redo);
    layout->addStretch();
    for (QRadioButton* view : {shortView, advancedView, rawView}) layout->addWidget(view);
    return top;
}

QWidget* ConfigurePage::Impl::makeForm() {
    views = new QStackedWidget;
    form = new ConfigForm;
    auto* scroll = new QScrollArea;
    scroll->setWidget(form);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    views->addWidget(scroll);
    auto* rawPage = new QWidget;
    raw = new QPlainTextEdit;
    raw->setFont(QFont(QStringLiteral("monospace")));
    raw->setTabChangesFocus(true);
    rawProblem = new QLabel;
    rawProblem->setWordWrap(true);
    auto* layout = new QVBoxLayout(rawPage);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(raw, 1);
    layout->addWidget(rawProblem);
    views->addWidget(rawPage);
    return views;
}

QWidget* ConfigurePage::Impl::makeSide() {
    auto* side = new QWidget;
    review = new ReviewCard;
    startReason = new QLabel;
    startReason->setWordWrap(true);
    markSecondary(startReason);
    copy = new QPushButton;
    start = new QPushButton;
    start->setProperty("primary", true);
    start->setMinimumHeight(36);
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(review, 1);
    layout->addWidget(startReason);
    layout->addWidget(copy);
    layout->addWidget(start);
    side->setMinimumWidth(300);
    side->setMaximumWidth(380);
    return side;
}

void ConfigurePage::Impl::load(const RunConfig& config) {
    if (loaded) remember();
    reference = config;
    shown = config;
    loaded = true;
    form->setConfig(config, reference);
    changed();
}

/// One step of undo: the recipe before this edit; keys typed in a row are one step.
void ConfigurePage::Impl::remember() {
    constexpr qint64 kOneStepMs = 1000;
    if (!lastEdit.isValid() || lastEdit.elapsed() > kOneStepMs) done.push_back(shown);
    lastEdit.start();
    undone.clear();
}

void ConfigurePage::Impl::step(std::vector<RunConfig>& from, std::vector<RunConfig>& to) {
    if (from.empty()) return;
    to.push_back(form->config());
    shown = from.back();
    from.pop_back();
    lastEdit.invalidate();
    form->setConfig(shown, reference);
    changed();
}

void ConfigurePage::Impl::changed() {
    shown = form->config();
    undo->setEnabled(!done.empty());
    redo->setEnabled(!undone.empty());
    review->setChanges(static_cast<int>(form->changedKeys().size()));
    if (!form->problems().isEmpty()) {
        review->showBlocker(form->problems().begin().value(), {});
    } else {
        checker.check(form->config());
    }
    if (views->currentIndex() == 1 && !raw->hasFocus()) fillRaw();
    updateStart();
}

void ConfigurePage::Impl::fillRaw() {
    fillingRaw = true;
    raw->setPlainText(QString::fromStdString(recipe_to_json(form->config()).dump(2)));
    rawProblem->clear();
    fillingRaw = false;
}

void ConfigurePage::Impl::takeRaw() {
    if (fillingRaw) return;
    try {
        const RunConfig config =
            recipe_from_json(parse_json(raw->toPlainText().toStdString(), "The recipe", true), "The recipe");
        rawProblem->clear();
        remember();
        form->setConfig(config, reference);
        changed();
    } catch (const Error& error) {
        rawProblem->setText(QStringLiteral("\u2717 %1\n%2")
                                .arg(QString::fromUtf8(error.what()), QString::fromStdString(error.hint()))
                                .trimmed());
        review->showBlocker(QString::fromUtf8(error.what()), QString::fromStdString(error.hint()));
        updateStart();
    }
}

void ConfigurePage::Impl::updateStart() {
    start->setEnabled(review->ready());
    const QString reason = review->blocker();
    start->setToolTip(reason);
    startReason->setText(reason.isEmpty() ? QString() : ConfigurePage::tr("Cannot start: %1").arg(reason));
    startReason->setVisible(!reason.isEmpty());
}

void ConfigurePage::Impl::saveAs() {
    const QString path = QFileDialog::getSaveFileName(
        page, ConfigurePage::tr("Save recipe"), QString::fromStdString(form->config().name) + QStringLiteral(".json"),
        ConfigurePage::tr("Recipes (*.json)"));
    if (!path.isEmpty())
        attempt([&] { write_file(path.toStdString(), recipe_to_json(form->config()).dump(2) + "\n"); });
}

void ConfigurePage::Impl::openFile() {
    const QString path =
        QFileDialog::getOpenFileName(page, ConfigurePage::tr("Open recipe"), {}, ConfigurePage::tr("Recipes (*.json)"));
    if (path.isEmpty()) return;
    attempt([&] {
        RunConfig config = load_recipe(path.toStdString());
        resolve_paths(config, std::filesystem::path(path.toStdString()).parent_path());
        load(config);
    });
}

QString ConfigurePage::Impl::commandLine() const {
    QString command =
        QStringLiteral("molt recipe --preset %1 > recipe.json && molt train recipe.json").arg(presets->currentText());
    for (const QString& key : form->changedKeys())
        command += QStringLiteral(" --set '%1=%2'")
                       .arg(key, settingText(form->config(), key).replace(QLatin1Char('\''), QStringLiteral("'\\''")));
    return command;
}

void ConfigurePage::Impl::launch() {
    if (!review->ready()) return;
    attempt([&] {
        const qint64 run = context.launcher->start(form->config());
        context.feed->refresh();
        Q_EMIT page->openRunRequested(run);
    });
}

ConfigurePage::ConfigurePage(AppContext& context, QWidget* parent)
    : Page(parent), impl_(std::make_unique<Impl>(context, this)) {
    Impl& d = *impl_;
    auto* middle = new QHBoxLayout;
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(18, 14, 18, 14);
    layout->setSpacing(12);
    layout->addWidget(d.makeTop());
    d.welcome = new QLabel;
    d.welcome->setWordWrap(true);
    d.welcome->setMargin(12);
    d.welcome->setProperty("banner", true);
    layout->addWidget(d.welcome);
    middle->setSpacing(14);
    middle->addWidget(d.makeForm(), 1);
    middle->addWidget(d.makeSide());
    layout->addLayout(middle, 1);

    connect(d.form, &ConfigForm::edited, this, [&d] {
        d.remember();
        d.changed();
    });
    connect(d.undo, &QPushButton::clicked, this, [&d] { d.step(d.done, d.undone); });
    connect(d.redo, &QPushButton::clicked, this, [&d] { d.step(d.undone, d.done); });
    d.undo->setShortcut(QKeySequence::Undo);
    d.redo->setShortcut(QKeySequence::Redo);
    const auto welcome = [&d] { d.welcome->setVisible(d.context.feed->runs().isEmpty()); };
    connect(context.feed, &RunFeed::runsChanged, this, welcome);
    welcome();
    connect(d.raw, &QPlainTextEdit::textChanged, this, [&d] { d.takeRaw(); });
    connect(&d.checker, &RecipeChecker::checking, this, [&d] { d.review->showChecking(); });
    connect(&d.checker, &RecipeChecker::planned, this, [&d](const json& plan) {
        d.review->showPlan(plan);
        d.updateStart();
    });
    connect(&d.checker, &RecipeChecker::blocked, this, [&d](const QString& message, const QString& hint) {
        d.review->showBlocker(message, hint);
        d.updateStart();
    });
    connect(d.presets, qOverload<int>(&QComboBox::activated), this,
            [this, &d] { loadPreset(d.presets->currentText()); });
    connect(d.open, &QPushButton::clicked, this, [&d] { d.openFile(); });
    connect(d.save, &QPushButton::clicked, this, [&d] { d.saveAs(); });
    connect(d.copy, &QPushButton::clicked, this, [this, &d] {
        QGuiApplication::clipboard()->setText(d.commandLine());
        Q_EMIT noticed(tr("The command line is in the clipboard."));
    });
    connect(d.start, &QPushButton::clicked, this, [&d] { d.launch(); });
    connect(new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_Return), this), &QShortcut::activated, this,
            [&d] { d.launch(); });
    connect(new QShortcut(QKeySequence::Save, this), &QShortcut::activated, this, [&d] { d.saveAs(); });
    const auto view = [&d](bool advanced, int index) {
        d.views->setCurrentIndex(index);
        if (index == 0) d.form->setAdvanced(advanced);
        if (index == 1) d.fillRaw();
    };
    connect(d.shortView, &QRadioButton::clicked, this, [view] { view(false, 0); });
    connect(d.advancedView, &QRadioButton::clicked, this, [view] { view(true, 0); });
    connect(d.rawView, &QRadioButton::clicked, this, [view] { view(false, 1); });
    retranslate();
}

ConfigurePage::~ConfigurePage() = default;

void ConfigurePage::activated() {
    if (impl_->loaded) return;
    if (impl_->presets->count() > 0) return loadPreset(impl_->presets->currentText());
    RunConfig blank;
    blank.stages.emplace_back();
    impl_->load(blank);
}

void ConfigurePage::loadPreset(const QString& name) {
    Impl& d = *impl_;
    d.attempt([&] {
        d.load(load_preset(name.toStdString()));
        d.presets->setCurrentIndex(d.presets->findText(name));
    });
}

void ConfigurePage::retranslate() {
    Impl& d = *impl_;
    d.presetLabel->setText(tr("Preset"));
    d.presets->setAccessibleName(tr("Preset"));
    d.open->setText(tr("Open\u2026"));
    d.save->setText(tr("Save\u2026"));
    d.undo->setText(tr("Undo"));
    d.redo->setText(tr("Redo"));
    d.welcome->setText(
        tr("<b>New here?</b> Choose the preset tiny-demo and press Start: a small teacher becomes a Mamba hybrid on "
           "this machine in about a minute and a half, without a download. Then chat with both."));
    d.shortView->setText(tr("Short form"));
    d.advancedView->setText(tr("All settings"));
    d.rawView->setText(tr("JSON"));
    d.raw->setAccessibleName(tr("Recipe as JSON"));
    d.copy->setText(tr("Copy as command line"));
    d.start->setText(tr("Start"));
    d.review->retranslate();
    if (d.loaded) d.form->retranslate();
    d.updateStart();
}

}  // namespace molt::ui
