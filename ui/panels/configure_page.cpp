// Form, raw JSON and review over one recipe; Start stores it as a run and shows the run.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/configure_page.h"

#include <QButtonGroup>
#include <QClipboard>
#include <QComboBox>
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
#include "ui/models/recipe_history.h"
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
    QLabel *presetLabel = nullptr, *rawProblem = nullptr;
    QStackedWidget* views = nullptr;
    ConfigForm* form = nullptr;
    QPlainTextEdit* raw = nullptr;
    ReviewCard* review = nullptr;
    RunConfig reference, shown;  // shown: as after the last edit
    RecipeHistory history;
    QLabel* welcome = nullptr;
    bool loaded = false, fillingRaw = false;

    Impl(AppContext& app, ConfigurePage* owner) : context(app), page(owner), checker(app.moltProgram, app.database) {}
    QWidget* makeTop();
    QWidget* makeForm();
    QWidget* makeSide();
    void load(const RunConfig& config);
    void changed();
    void remember() { history.remember(shown); }
    void goTo(const std::optional<RunConfig>& config);
    void takeRaw();
    void fillRaw();
    void updateStart();
    void launch();
    QString commandLine() const;
    void connectForm();
    void connectButtons();
};

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
    for (QWidget* part : std::initializer_list<QWidget*>{presetLabel, presets, open, save, undo, redo})
        layout->addWidget(part);
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
    copy = new QPushButton;
    start = new QPushButton;
    start->setProperty("primary", true);
    start->setMinimumHeight(36);
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(review, 1);
    layout->addWidget(copy);
    layout->addWidget(start);
    side->setFixedWidth(side->fontMetrics().averageCharWidth() * 52);
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

void ConfigurePage::Impl::goTo(const std::optional<RunConfig>& config) {
    if (!config) return;
    shown = *config;
    form->setConfig(shown, reference);
    changed();
}

void ConfigurePage::Impl::changed() {
    shown = form->config();
    undo->setEnabled(history.canUndo());
    redo->setEnabled(history.canRedo());
    review->setChanges(form->changes());
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
    start->setToolTip(reason.isEmpty() ? ConfigurePage::tr("Starts the run (Ctrl+Enter)") : reason);
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
    qint64 run = 0;
    if (!page->attempt([&] { run = context.launcher->start(form->config()); })) return;
    context.feed->refresh();
    Q_EMIT page->openRunRequested(run);
}

void ConfigurePage::Impl::connectForm() {
    QObject::connect(form, &ConfigForm::edited, page, [this] {
        remember();
        changed();
    });
    QObject::connect(form, &ConfigForm::helpRequested, review, &ReviewCard::setHelp);
    QObject::connect(raw, &QPlainTextEdit::textChanged, page, [this] { takeRaw(); });
    QObject::connect(&checker, &RecipeChecker::checking, page, [this] { review->showChecking(); });
    QObject::connect(&checker, &RecipeChecker::planned, page, [this](const json& plan) {
        review->showPlan(plan);
        updateStart();
    });
    QObject::connect(&checker, &RecipeChecker::blocked, page, [this](const QString& message, const QString& hint) {
        review->showBlocker(message, hint);
        updateStart();
    });
    const auto view = [this](bool advanced, int index) {
        views->setCurrentIndex(index);
        if (index == 0) form->setAdvanced(advanced);
        if (index == 1) fillRaw();
    };
    QObject::connect(shortView, &QRadioButton::clicked, page, [view] { view(false, 0); });
    QObject::connect(advancedView, &QRadioButton::clicked, page, [view] { view(true, 0); });
    QObject::connect(rawView, &QRadioButton::clicked, page, [view] { view(false, 1); });
}

void ConfigurePage::Impl::connectButtons() {
    QObject::connect(undo, &QPushButton::clicked, page, [this] { goTo(history.undo(form->config())); });
    QObject::connect(redo, &QPushButton::clicked, page, [this] { goTo(history.redo(form->config())); });
    QObject::connect(presets, qOverload<int>(&QComboBox::activated), page,
                     [this] { page->loadPreset(presets->currentText()); });
    QObject::connect(open, &QPushButton::clicked, page, [this] { page->openRecipe(); });
    QObject::connect(save, &QPushButton::clicked, page, [this] { page->saveRecipe(); });
    QObject::connect(copy, &QPushButton::clicked, page, [this] {
        QGuiApplication::clipboard()->setText(commandLine());
        Q_EMIT page->noticed(ConfigurePage::tr("The command line is in the clipboard."));
    });
    QObject::connect(start, &QPushButton::clicked, page, [this] { launch(); });
    auto* enter = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_Return), page);
    QObject::connect(enter, &QShortcut::activated, page, [this] { launch(); });
}

ConfigurePage::ConfigurePage(AppContext& context, QWidget* parent)
    : Page(parent), impl_(std::make_unique<Impl>(context, this)) {
    Impl& d = *impl_;
    d.welcome = new QLabel;
    d.welcome->setWordWrap(true);
    d.welcome->setMargin(12);
    d.welcome->setProperty("banner", true);
    auto* middle = new QHBoxLayout;
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(18, 14, 18, 14);
    layout->setSpacing(12);
    layout->addWidget(d.makeTop());
    layout->addWidget(d.welcome);
    middle->setSpacing(14);
    middle->addWidget(d.makeForm(), 1);
    middle->addWidget(d.makeSide());
    layout->addLayout(middle, 1);
    const auto welcome = [&d] { d.welcome->setVisible(d.context.feed->runs().isEmpty()); };
    // Not before the feed has looked: a welcome that goes away again would only flicker.
    d.welcome->hide();
    connect(context.feed, &RunFeed::runsChanged, this, welcome);
    d.connectForm();
    d.connectButtons();
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

bool ConfigurePage::reviewed() const { return !impl_->review->checking(); }

void ConfigurePage::loadRecipe(const QString& recipe) {
    attempt([&] { impl_->load(recipe_from_json(parse_json(recipe.toStdString(), "The recipe"), "The recipe")); });
}

void ConfigurePage::openRecipe() {
    const QString path = QFileDialog::getOpenFileName(this, tr("Open recipe"), {}, tr("Recipes (*.json)"));
    if (path.isEmpty()) return;
    attempt([&] {
        RunConfig config = load_recipe(path.toStdString());
        resolve_paths(config, std::filesystem::path(path.toStdString()).parent_path());
        impl_->load(config);
    });
}

void ConfigurePage::saveRecipe() {
    const RunConfig& config = impl_->form->config();
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Save recipe"), QString::fromStdString(config.name) + ".json", tr("Recipes (*.json)"));
    if (path.isEmpty()) return;
    if (attempt([&] { write_file(path.toStdString(), recipe_to_json(config).dump(2) + "\n"); }))
        Q_EMIT noticed(tr("The recipe is in %1").arg(path));
}

void ConfigurePage::loadPreset(const QString& name) {
    attempt([&] {
        impl_->load(load_preset(name.toStdString()));
        impl_->presets->setCurrentIndex(impl_->presets->findText(name));
    });
}

void ConfigurePage::retranslate() {
    Impl& d = *impl_;
    d.presetLabel->setText(tr("&Preset"));
    d.presets->setAccessibleName(tr("Preset"));
    d.open->setText(tr("&Open\u2026"));
    d.open->setToolTip(tr("Opens a recipe file (Ctrl+O)"));
    d.save->setText(tr("&Save\u2026"));
    d.save->setToolTip(tr("Writes the recipe into a file (Ctrl+S)"));
    d.undo->setText(tr("&Undo"));
    d.redo->setText(tr("&Redo"));
    // A text with a mnemonic takes the shortcut away.
    d.undo->setShortcut(QKeySequence::Undo);
    d.redo->setShortcut(QKeySequence::Redo);
    d.undo->setToolTip(tr("Takes the last edit back (Ctrl+Z)"));
    d.redo->setToolTip(tr("Makes it again (Ctrl+Shift+Z)"));
    d.welcome->setText(
        tr("<b>New here?</b> Choose the preset tiny-demo and press Start: a small teacher becomes a Mamba hybrid on "
           "this machine in about half a minute, without a download. Then chat with both."));
    d.shortView->setText(tr("S&hort form"));
    d.advancedView->setText(tr("&All settings"));
    d.rawView->setText(tr("&JSON"));
    d.raw->setAccessibleName(tr("Recipe as JSON"));
    d.copy->setText(tr("&Copy as command line"));
    d.start->setText(tr("S&tart"));
    d.review->retranslate();
    if (d.loaded) d.form->retranslate();
    d.updateStart();
}

}  // namespace molt::ui
