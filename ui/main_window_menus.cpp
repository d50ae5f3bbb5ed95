// The menus of the main window: every action with its key, and the list of keys.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QActionGroup>
#include <QApplication>
#include <QListWidget>
#include <QMenuBar>
#include <QMessageBox>
#include <QSettings>

#include "ui/main_window.h"
#include "ui/page.h"
#include "ui/panels/configure_page.h"

namespace molt::ui {

QAction* MainWindow::makeAction(QMenu* menu, const QKeySequence& keys, const std::function<void()>& action) {
    QAction* made = menu->addAction(QString());
    made->setShortcut(keys);
    connect(made, &QAction::triggered, this, action);
    return made;
}

void MainWindow::makeMenus() {
    fileMenu_ = menuBar()->addMenu(QString());
    viewMenu_ = menuBar()->addMenu(QString());
    languageMenu_ = menuBar()->addMenu(QString());
    helpMenu_ = menuBar()->addMenu(QString());
    open_ = makeAction(fileMenu_, QKeySequence::Open, [this] {
        showPage(configure_->id());
        configure_->openRecipe();
    });
    save_ = makeAction(fileMenu_, QKeySequence::Save, [this] {
        showPage(configure_->id());
        configure_->saveRecipe();
    });
    fileMenu_->addSeparator();
    database_ = makeAction(fileMenu_, {}, [this] { openDatabase(); });
    fileMenu_->addSeparator();
    quit_ = makeAction(fileMenu_, QKeySequence::Quit, [this] { close(); });
    for (int row = 0; row < pages_.size(); ++row) {
        pageActions_ << makeAction(viewMenu_, QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + row)),
                                   [this, row] { navigation_->setCurrentRow(row); });
    }
    viewMenu_->addSeparator();
    themeMenu_ = viewMenu_->addMenu(QString());
    auto* themes = new QActionGroup(this);
    auto* languages = new QActionGroup(this);
    system_ = makeAction(themeMenu_, {}, [this] { setTheme(Theme::System); });
    light_ = makeAction(themeMenu_, {}, [this] { setTheme(Theme::Light); });
    dark_ = makeAction(themeMenu_, {}, [this] { setTheme(Theme::Dark); });
    resetLayout_ = makeAction(viewMenu_, {}, [this] {
        QSettings().remove(QStringLiteral("geometry"));
        showNormal();
        resize(1280, 800);
    });
    english_ = makeAction(languageMenu_, {}, [this] { chooseLanguage(QStringLiteral("en")); });
    chinese_ = makeAction(languageMenu_, {}, [this] { chooseLanguage(QStringLiteral("zh_CN")); });
    for (QAction* action : {system_, light_, dark_, english_, chinese_}) {
        action->setCheckable(true);
        action->setActionGroup(action == english_ || action == chinese_ ? languages : themes);
    }
    (translator_.language() == QLatin1String("zh_CN") ? chinese_ : english_)->setChecked(true);
    (theme_ == Theme::System ? system_ : theme_ == Theme::Light ? light_ : dark_)->setChecked(true);
    shortcuts_ = makeAction(helpMenu_, QKeySequence::HelpContents, [this] { showShortcuts(); });
    about_ = makeAction(helpMenu_, {}, [this] {
        QMessageBox::about(this, tr("About Molt"),
                           tr("Molt turns a Transformer into a Mamba hybrid and lets you live with the "
                              "result.\n\nLicence: GPL-3.0-or-later\nDatabase: %1")
                               .arg(QString::fromStdString(context_.database.string())));
    });
}

void MainWindow::showShortcuts() {
    const std::pair<const char*, QString> rows[] = {
        {"Ctrl+1 \u2026 Ctrl+4", tr("Go to a page")},
        {"Ctrl+O, Ctrl+S", tr("Open or save a recipe")},
        {"Ctrl+Z, Ctrl+Shift+Z", tr("Undo or redo an edit of the recipe")},
        {"Ctrl+Enter", tr("Start the run (Configure)")},
        {"Shift+F5", tr("Save and stop the run (Monitor)")},
        {"Home", tr("Chart: show the whole curve")},
        {"+  \u2212  \u2190  \u2192", tr("Chart: zoom and pan")},
        {"L  [  ]", tr("Chart: log axis, less or more smoothing")},
        {"Enter, Shift+Enter", tr("Send the message, new line (Chat)")},
        {"Esc", tr("Stop the reply (Chat)")},
        {"Ctrl+N", tr("New conversation (Chat)")},
        {"Ctrl+F", tr("Filter the runs (History)")},
    };
    QString table;
    for (const auto& [keys, what] : rows) {
        table += QStringLiteral(
                     "<tr><td style='padding:3px 24px 3px 0'><b>%1</b></td><td style='padding:3px 0'>%2</td></tr>")
                     .arg(QString::fromUtf8(keys), what);
    }
    QMessageBox box(QMessageBox::NoIcon, tr("Keys and gestures"), QStringLiteral("<table>%1</table>").arg(table),
                    QMessageBox::Close, this);
    box.setInformativeText(
        tr("In a chart: drag zooms into a box, Shift+drag pans, Ctrl+wheel zooms, double click shows everything."));
    box.exec();
}

void MainWindow::retranslateMenus() {
    fileMenu_->setTitle(tr("&File"));
    viewMenu_->setTitle(tr("&View"));
    themeMenu_->setTitle(tr("&Theme"));
    languageMenu_->setTitle(tr("&Language"));
    helpMenu_->setTitle(tr("&Help"));
    open_->setText(tr("&Open recipe\u2026"));
    save_->setText(tr("&Save recipe\u2026"));
    database_->setText(tr("Open another &database\u2026"));
    quit_->setText(tr("&Quit"));
    english_->setText(QStringLiteral("English"));
    chinese_->setText(QStringLiteral("\u7b80\u4f53\u4e2d\u6587"));
    system_->setText(tr("System"));
    light_->setText(tr("Light"));
    dark_->setText(tr("Dark"));
    resetLayout_->setText(tr("&Reset layout"));
    shortcuts_->setText(tr("&Keys and gestures"));
    about_->setText(tr("&About Molt"));
    for (int i = 0; i < pageActions_.size(); ++i) pageActions_[i]->setText(pages_[i]->title());
}

}  // namespace molt::ui
