// Pages are added in one place each; everything else asks the page itself.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QProcess>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QVBoxLayout>

#include "core/base/text.h"
#include "ui/models/run_texts.h"
#include "ui/page.h"
#include "ui/panels/chat_page.h"
#include "ui/panels/configure_page.h"
#include "ui/panels/history_page.h"
#include "ui/panels/monitor_page.h"
#include "ui/services/run_feed.h"
#include "ui/services/run_launcher.h"
#include "ui/widgets/notice_card.h"

namespace molt::ui {

namespace {

constexpr int kNoticeMs = 8000;

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
    const bool advances = run.state == QLatin1String("running");
    if (advances && progress.tokens_per_second > 0)
        parts << MainWindow::tr("%1 tokens/s").arg(locale.toString(progress.tokens_per_second, 'f', 0));
    if (advances && progress.eta_seconds > 0)
        parts << MainWindow::tr("about %1 left").arg(durationText(progress.eta_seconds));
    return parts.join(QStringLiteral("  \u00b7  "));
}

}  // namespace

MainWindow::MainWindow(AppContext& context, const QString& language, Theme theme)
    : context_(context),
      theme_(theme),
      navigation_(new QListWidget),
      stack_(new QStackedWidget),
      card_(new NoticeCard(true)),
      runStatus_(new QLabel),
      notice_(new QLabel),
      disk_(new QLabel),
      noticeEnd_(new QTimer(this)) {
    setMinimumSize(1040, 640);
    setLanguage(language);
    applyTheme(*qApp, theme);
    navigation_->setObjectName(QStringLiteral("navigation"));
    navigation_->setIconSize(QSize(20, 20));
    navigation_->setFixedWidth(fontMetrics().averageCharWidth() * 24);
    auto* right = new QVBoxLayout;
    right->setSpacing(0);
    card_->layout()->setContentsMargins(18, 12, 18, 0);
    right->addWidget(card_);
    right->addWidget(stack_, 1);
    auto* center = new QWidget;
    auto* layout = new QHBoxLayout(center);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(navigation_);
    layout->addLayout(right, 1);
    setCentralWidget(center);
    statusBar()->addWidget(runStatus_);
    statusBar()->addWidget(notice_, 1);
    statusBar()->addPermanentWidget(disk_);
    noticeEnd_->setSingleShot(true);
    noticeEnd_->setInterval(kNoticeMs);
    connect(noticeEnd_, &QTimer::timeout, notice_, &QLabel::clear);

    addPages();
    connect(navigation_, &QListWidget::currentRowChanged, this, [this](int row) {
        if (row < 0) return;
        stack_->setCurrentIndex(row);
        pages_[row]->activated();
    });
    watchServices();
    makeMenus();
    retranslate();
    restore();
    showPage(QStringLiteral("configure"));
    if (context.moltProgram.isEmpty()) sayMoltMissing();
}

void MainWindow::addPages() {
    configure_ = new ConfigurePage(context_);
    auto* monitor = new MonitorPage(context_);
    auto* chat = new ChatPage(context_);
    auto* history = new HistoryPage(context_);
    for (Page* page : std::initializer_list<Page*>{configure_, monitor, chat, history}) {
        addPage(page);
        connect(page, &Page::openRunRequested, this, [this, monitor](qint64 run) {
            monitor->showRun(run);
            showPage(monitor->id());
        });
        connect(page, &Page::chatRequested, this, [this, chat](const QString& teacher, const QString& hybrid) {
            chat->setModels(teacher, hybrid);
            showPage(chat->id());
        });
        connect(page, &Page::configureRequested, this, [this](const QString& preset) {
            configure_->loadPreset(preset);
            showPage(configure_->id());
        });
        connect(page, &Page::recipeRequested, this, [this](const QString& recipe) {
            configure_->loadRecipe(recipe);
            showPage(configure_->id());
        });
        connect(page, &Page::noticed, this, &MainWindow::say);
        connect(page, &Page::notified, this, [this](const Notice& notice) { card_->present(notice); });
    }
}

void MainWindow::addPage(Page* page) {
    pages_.push_back(page);
    stack_->addWidget(page);
    navigation_->addItem(new QListWidgetItem(page->title()));
}

void MainWindow::watchServices() {
    connect(context_.feed, &RunFeed::runsChanged, this, &MainWindow::updateStatus);
    connect(context_.feed, &RunFeed::failed, this, &MainWindow::sayDatabaseFailed);
    connect(context_.feed, &RunFeed::recovered, card_, &NoticeCard::clear);
    connect(context_.feed, &RunFeed::diskRead, this, [this](qint64 bytes) {
        disk_->setText(tr("%1 free").arg(QString::fromStdString(format_bytes(bytes))));
        disk_->setToolTip(tr("Free space where the runs are stored: %1")
                              .arg(QString::fromStdString(context_.database.parent_path().string())));
    });
    connect(context_.launcher, &RunLauncher::workerFailed, this, [this](qint64 run, const QString& details) {
        card_->present({tr("The worker of run #%1 did not start.").arg(run),
                        details,
                        true,
                        {{tr("Try again"), [this, run] {
                              card_->clear();
                              pages_.front()->attempt([&] { context_.launcher->startAgain(run); });
                          }}}});
    });
}

void MainWindow::say(const QString& text) {
    notice_->setText(text);
    noticeEnd_->start();
}

void MainWindow::sayDatabaseFailed(const QString& message, const QString& hint) {
    card_->present({message,
                    hint,
                    true,
                    {{tr("Open another database\u2026"), [this] { openDatabase(); }},
                     {tr("Try again"), [this] { context_.feed->refresh(); }}}});
}

void MainWindow::sayMoltMissing() {
    card_->present({tr("The program molt was not found."),
                    tr("It does the work: without it no run can start and no model can answer. Put molt beside "
                       "molt-workbench or on PATH, or choose it here."),
                    true,
                    {{tr("Choose molt\u2026"), [this] {
                          const QString chosen = QFileDialog::getOpenFileName(this, tr("Choose the program molt"));
                          if (chosen.isEmpty()) return;
                          QSettings().setValue(QStringLiteral("molt"), chosen);
                          restart(QCoreApplication::arguments().mid(1));
                      }}}});
}

void MainWindow::openDatabase() {
    const QString chosen = QFileDialog::getSaveFileName(
        this, tr("Open or create a database"), QString::fromStdString(context_.database.string()),
        tr("Databases (*.db)"), nullptr, QFileDialog::DontConfirmOverwrite);
    if (!chosen.isEmpty()) restart({QStringLiteral("--db"), chosen});
}

/// Runs are processes of their own, so a window may come and go.
void MainWindow::restart(const QStringList& arguments) {
    if (QProcess::startDetached(QCoreApplication::applicationFilePath(), arguments)) close();
}

void MainWindow::showPage(const QString& id) {
    for (int i = 0; i < pages_.size(); ++i)
        if (pages_[i]->id() == id) navigation_->setCurrentRow(i);
}

const QVector<RunSummary>& MainWindow::runs() const { return context_.feed->runs(); }

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
    card_->retranslate();
    for (int i = 0; i < pages_.size(); ++i) {
        navigation_->item(i)->setText(pages_[i]->title());
        navigation_->item(i)->setToolTip(QStringLiteral("Ctrl+%1").arg(i + 1));
    }
    if (viewMenu_ == nullptr) return;
    retranslateMenus();
    updateIcons();
    updateStatus();
}

void MainWindow::updateStatus() {
    QString text = tr("No run is going on");
    for (const RunSummary& run : context_.feed->runs()) {
        if (!isUnderWay(run.state)) continue;
        text = statusText(run);
        break;
    }
    runStatus_->setText(text);
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
