// MainWindow: navigation, pages, status bar, menus. Wiring only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <QTranslator>
#include <functional>

#include "ui/services/app_context.h"
#include "ui/widgets/theme.h"

class QKeySequence;
class QLabel;
class QListWidget;
class QMenu;
class QStackedWidget;
class QTimer;

namespace molt::ui {

class ConfigurePage;
class NoticeCard;
class Page;
struct RunSummary;

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    /// `language` "en", "zh_CN" or empty (as stored, else the system's).
    MainWindow(AppContext& context, const QString& language, Theme theme);
    void showPage(const QString& id);
    const QVector<Page*>& pages() const { return pages_; }
    const QVector<RunSummary>& runs() const;
    void setLanguage(const QString& language);
    void setTheme(Theme theme);
    /// The card at the top: what went wrong with the program as a whole.
    const NoticeCard& noticeCard() const { return *card_; }

protected:
    void changeEvent(QEvent* event) override;
    void closeEvent(QCloseEvent* event) override;

private:
    void addPages();
    void addPage(Page* page);
    void watchServices();
    void makeMenus();
    QAction* makeAction(QMenu* menu, const QKeySequence& keys, const std::function<void()>& action);
    void retranslate();
    void retranslateMenus();
    void updateStatus();
    void updateIcons();
    void restore();
    void chooseLanguage(const QString& language);
    void say(const QString& text);
    void sayDatabaseFailed(const QString& message, const QString& hint);
    void sayMoltMissing();
    void openDatabase();
    void restart(const QStringList& arguments);
    void showShortcuts();
    AppContext& context_;
    Theme theme_;
    QVector<Page*> pages_;
    ConfigurePage* configure_ = nullptr;
    QListWidget* navigation_;
    QStackedWidget* stack_;
    NoticeCard* card_;
    QLabel *runStatus_, *notice_, *disk_;
    QTimer* noticeEnd_;
    QMenu *fileMenu_ = nullptr, *viewMenu_ = nullptr, *languageMenu_ = nullptr, *themeMenu_ = nullptr,
          *helpMenu_ = nullptr;
    QAction *open_ = nullptr, *save_ = nullptr, *database_ = nullptr, *quit_ = nullptr;
    QAction *english_ = nullptr, *chinese_ = nullptr, *light_ = nullptr, *dark_ = nullptr, *system_ = nullptr;
    QAction *about_ = nullptr, *shortcuts_ = nullptr, *resetLayout_ = nullptr;
    QVector<QAction*> pageActions_;
    QTranslator translator_;
};

}  // namespace molt::ui
