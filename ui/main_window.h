// MainWindow: navigation, pages, status bar, menus. Wiring only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <QTranslator>

#include "ui/services/app_context.h"
#include "ui/widgets/theme.h"

class QLabel;
class QListWidget;
class QMenu;
class QStackedWidget;

namespace molt::ui {

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

protected:
    void changeEvent(QEvent* event) override;
    void closeEvent(QCloseEvent* event) override;

private:
    void addPage(Page* page);
    void makeMenus();
    void retranslate();
    void updateStatus();
    void updateIcons();
    void restore();
    void chooseLanguage(const QString& language);
    AppContext& context_;
    Theme theme_;
    QVector<Page*> pages_;
    QListWidget* navigation_;
    QStackedWidget* stack_;
    QLabel *runStatus_, *notice_, *disk_;
    QMenu *viewMenu_ = nullptr, *languageMenu_ = nullptr, *themeMenu_ = nullptr, *helpMenu_ = nullptr;
    QAction *english_ = nullptr, *chinese_ = nullptr, *light_ = nullptr, *dark_ = nullptr, *system_ = nullptr;
    QAction *about_ = nullptr, *quit_ = nullptr, *resetLayout_ = nullptr;
    QTranslator translator_;
};

}  // namespace molt::ui
