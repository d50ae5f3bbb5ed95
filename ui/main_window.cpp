// Pages are added in one place each; everything else asks the page itself.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QMenuBar>
#include <QMessageBox>
#include <QScreen>
#include <QSettings>
#include <QShortcut>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>

#include "core/base/platform.h"
#include "core/base/text.h"
#include "ui/models/run_texts.h"
#include "ui/page.h"
#include "ui/panels/chat_page.h"
#include "ui/panels/configure_page.h"
#include "ui/panels/history_page.h"
#include "ui/panels/monitor_page.h"
#include "ui/services/run_feed.h"
#include "ui/services/run_launcher.h"

namespace molt::ui {

namespace {

/// "* tiny-demo #5 . Running . stage 1/1 . step 212 / 300 . 9,120 tokens/s . about 12 s left"
QString statusText(const RunSummary& run) {
    const QLocale locale;
    const Progress& progress = run.progress;
    QStringList parts{QStringLiteral("\u25cf %1  #%2").arg(QString::fromStdString(run.row.name)).arg(run.row.id),
                      stateText(run.state)};
    if (progress.num_stages > 0)
        parts << MainWindow::tr("stage %1/%2").arg(progress.stage_index + 1).arg(progress.num_stages);
    if (progress.steps > 0)
        parts << MainWindow::tr("step %1 / %2")
                     .arg(locale.toString(qint64(progress.step)), locale.toString(qint64(progress.steps)));
    if (progress.tokens_per_second > 0)
        parts << MainWindow::tr("%1 tokens/s").arg(locale.toString(progress.tokens_per_second, 'f', 0));
    if (progress.eta_seconds > 0) parts << MainWindow::tr("about %1 left").arg(durationText(progress.eta_seconds));
    return parts.join(QStringLiteral("  \u00b7  "));
}

}  // namespace

MainWindow::MainWindow(AppContext& context, const QString& language, Theme theme)
    : context_(context),
      theme_(theme),
      navigation_(new QListWidget),
      stack_(new QStackedWidget),
      runStatus_(new QLabel),
      notice_(new QLabel),
      disk_(new QLabel) {
    setMinimumSize(1040, 640);
    setLanguage(language);
    applyTheme(*qApp, theme);
    navigation_->setObjectName(QStringLiteral("navigation"));
    navigation_->setIconSize(QSize(20, 20));
    navigation_->setFixedWidth(fontMetrics().averageCharWidth() * 24);
    auto* center = new QWidget;
    auto* layout = new QHBoxLayout(center);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(navigation_);
    layout->addWidget(stack_, 1);
    setCentralWidget(center);
    statusBar()->addWidget(runStatus_);
    statusBar()->addWidget(notice_, 1);
    statusBar()->addPermanentWidget(disk_);

    auto* configure = new ConfigurePage(context);
    auto* monitor = new MonitorPage(context);
    auto* chat = new ChatPage(context);
    auto* history = new HistoryPage(context);
    for (Page* page : std::initializer_list<Page*>{configure, monitor, chat, history}) {
        addPage(page);
        connect(page, &Page::openRunRequested, this, [this, monitor](qint64 run) {
            monitor->showRun(run);
            showPage(monitor->id());
        });
        connect(page, &Page::chatRequested, this, [this, chat](const QString& teacher, const QString& hybrid) {
            chat->setModels(teacher, hybrid);
            showPage(chat->id());
        });
        connect(page, &Page::configureRequested, this, [this, configure](const QString& preset) {
            configure->loadPreset(preset);
            showPage(configure->id());
        });
        connect(page, &Page::noticed, this, [this](const QString& text) { notice_->setText(text); });
    }
    connect(navigation_, &QListWidget::currentRowChanged, this, [this](int row) {
        if (row < 0) return;
        stack_->setCurrentIndex(row);
        pages_[row]->activated();
    });
    connect(context.feed, &RunFeed::runsChanged, this, &MainWindow::updateStatus);
    connect(context.feed, &RunFeed::failed, this, [this](const QString& message, const QString& hint) {
        notice_->setText(message + QLatin1Char(' ') + hint);
    });
    connect(context.launcher, &RunLauncher::workerFailed, this, [this](qint64 run, const QString& details) {
        notice_->setText(
            tr("The worker of run #%1 did not start: %2").arg(run).arg(details.section(QLatin1Char('\n'), -1)));
        notice_->setToolTip(details);
    });
    auto* slow = new QTimer(this);
    connect(slow, &QTimer::timeout, this, &MainWindow::updateStatus);
    slow->start(5000);
    makeMenus();
    retranslate();
    restore();
    showPage(QStringLiteral("configure"));
}

void MainWindow::addPage(Page* page) {
    pages_.push_back(page);
    stack_->addWidget(page);
    navigation_->addItem(new QListWidgetItem(page->title()));
    const int row = navigation_->count() - 1;
    auto* shortcut = new QShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + row)), this);
    connect(shortcut, &QShortcut::activated, this, [this, row] { navigation_->setCurrentRow(row); });
}

void MainWindow::showPage(const QString& id) {
    for (int i = 0; i < pages_.size(); ++i)
        if (pages_[i]->id() == id) navigation_->setCurrentRow(i);
}

const QVector<RunSummary>& MainWindow::runs() const { return context_.feed->runs(); }

void MainWindow::makeMenus() {
    auto* languages = new QActionGroup(this);
    auto* themes = new QActionGroup(this);
    viewMenu_ = menuBar()->addMenu(QString());
    languageMenu_ = menuBar()->addMenu(QString());
    helpMenu_ = menuBar()->addMenu(QString());
    themeMenu_ = viewMenu_->addMenu(QString());
    const auto add = [this](QMenu* menu, QActionGroup* group, auto action) {
        QAction* made = menu->addAction(QString());
        made->setCheckable(group != nullptr);
        if (group != nullptr) group->addAction(made);
        connect(made, &QAction::triggered, this, action);
        return made;
    };
    system_ = add(themeMenu_, themes, [this] { setTheme(Theme::System); });
    light_ = add(themeMenu_, themes, [this] { setTheme(Theme::Light); });
    dark_ = add(themeMenu_, themes, [this] { setTheme(Theme::Dark); });
    resetLayout_ = add(viewMenu_, nullptr, [this] {
        QSettings().remove(QStringLiteral("geometry"));
        showNormal();
        resize(1280, 800);
    });
    english_ = add(languageMenu_, languages, [this] { chooseLanguage(QStringLiteral("en")); });
    chinese_ = add(languageMenu_, languages, [this] { chooseLanguage(QStringLiteral("zh_CN")); });
    for (const auto& [action, choice] :
         {std::pair{system_, Theme::System}, {light_, Theme::Light}, {dark_, Theme::Dark}})
        action->setData(static_cast<int>(choice));
    quit_ = add(viewMenu_, nullptr, [this] { close(); });
    quit_->setShortcut(QKeySequence::Quit);
    about_ = add(helpMenu_, nullptr, [this] {
        QMessageBox::about(this, tr("About Molt"),
                           tr("Molt turns a Transformer into a Mamba hybrid and lets you live with the "
                              "result.\n\nLicence: GPL-3.0-or-later\nDatabase: %1")
                               .arg(QString::fromStdString(context_.database.string())));
    });
    about_->setShortcut(QKeySequence::HelpContents);
    (translator_.language() == QLatin1String("zh_CN") ? chinese_ : english_)->setChecked(true);
    for (QAction* action : {system_, light_, dark_})
        action->setChecked(action->data().value<int>() == static_cast<int>(theme_));
}

void MainWindow::setLanguage(const QString& language) {
    QString chosen = language.isEmpty() ? QSettings().value(QStringLiteral("language")).toString() : language;
    if (chosen.isEmpty())
        chosen = QLocale::system().language() == QLocale::Chinese ? QStringLiteral("zh_CN") : QStringLiteral("en");
    qApp->removeTranslator(&translator_);
    QLocale::setDefault(chosen == QLatin1String("zh_CN") ? QLocale(QLocale::Chinese, QLocale::China)
                                                         : QLocale(QLocale::English));
    const bool chinese = chosen == QLatin1String("zh_CN");
    // English has one too, for its plurals.
    if (translator_.load(chinese ? QStringLiteral(":/i18n/molt_zh_CN.qm") : QStringLiteral(":/i18n/molt_en.qm")))
        qApp->installTranslator(&translator_);
    QEvent changed(QEvent::LanguageChange);
    QCoreApplication::sendEvent(this, &changed);
    for (Page* page : pages_) page->retranslate();
}

void MainWindow::chooseLanguage(const QString& language) {
    // Only a choice in the menu is remembered; --language is for this time.
    QSettings().setValue(QStringLiteral("language"), language);
    setLanguage(language);
}

void MainWindow::setTheme(Theme theme) {
    theme_ = theme;
    static const QStringList names = {QStringLiteral("system"), QStringLiteral("light"), QStringLiteral("dark")};
    QSettings().setValue(QStringLiteral("theme"), names[static_cast<int>(theme)]);
    applyTheme(*qApp, theme);
    updateIcons();
    for (Page* page : pages_) page->retranslate();
    updateStatus();
}

void MainWindow::updateIcons() {
    for (int i = 0; i < pages_.size(); ++i) navigation_->item(i)->setIcon(pageIcon(pages_[i]->id()));
}

void MainWindow::retranslate() {
    setWindowTitle(tr("Molt workbench"));
    navigation_->setAccessibleName(tr("Pages"));
    for (int i = 0; i < pages_.size(); ++i) {
        navigation_->item(i)->setText(pages_[i]->title());
        navigation_->item(i)->setToolTip(QStringLiteral("Ctrl+%1").arg(i + 1));
    }
    if (viewMenu_ == nullptr) return;
    viewMenu_->setTitle(tr("&View"));
    themeMenu_->setTitle(tr("&Theme"));
    languageMenu_->setTitle(tr("&Language"));
    helpMenu_->setTitle(tr("&Help"));
    english_->setText(QStringLiteral("English"));
    chinese_->setText(QStringLiteral("\u7b80\u4f53\u4e2d\u6587"));
    system_->setText(tr("System"));
    light_->setText(tr("Light"));
    dark_->setText(tr("Dark"));
    resetLayout_->setText(tr("Reset layout"));
    quit_->setText(tr("Quit"));
    about_->setText(tr("About Molt"));
    updateIcons();
    updateStatus();
}

void MainWindow::updateStatus() {
    QString text = tr("No run is going on");
    for (const RunSummary& run : context_.feed->runs()) {
        static const QStringList alive = {"starting", "running", "held", "stopping", "queued"};
        if (!alive.contains(run.state)) continue;
        text = statusText(run);
        break;
    }
    runStatus_->setText(text);
    disk_->setText(tr("%1 free").arg(QString::fromStdString(format_bytes(free_disk_bytes(context_.database)))));
}

void MainWindow::restore() {
    QSettings settings;
    if (!restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray())) resize(1280, 800);
    // A window of a screen that is gone comes back to one that is there.
    if (QGuiApplication::screenAt(geometry().center()) == nullptr && screen() != nullptr) {
        move(screen()->availableGeometry().topLeft());
    }
}

void MainWindow::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QMainWindow::changeEvent(event);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    QSettings().setValue(QStringLiteral("geometry"), saveGeometry());
    QMainWindow::closeEvent(event);
}

}  // namespace molt::ui
