// Lets the event loop run until a page is quiet, then grabs the window.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/tour.h"

#include <QApplication>
#include <QDeadlineTimer>
#include <QDir>
#include <QPixmap>
#include <QThread>

#include "core/base/error.h"
#include "ui/main_window.h"
#include "ui/models/chat_tree.h"
#include "ui/page.h"
#include "ui/panels/chat_page.h"
#include "ui/panels/configure_page.h"
#include "ui/panels/monitor_page.h"
#include "ui/services/run_feed.h"

namespace molt::ui {

namespace {

constexpr int kSettleMs = 1500;
constexpr int kReplyMs = 20000, kReviewMs = 20000;

void wait(int milliseconds, const std::function<bool()>& done) {
    const QDeadlineTimer deadline(milliseconds);
    while (!deadline.hasExpired() && !done()) {
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
        QThread::msleep(5);
    }
}

/// Dialogues of the demo show both lanes at work; with other models the questions are as good as any.
void chat(ChatPage& page) {
    for (const char* question : {"Anna has a red kite. Ben lives in Oslo.", "Kate likes chess.", "What does Anna have?",
                                 "Where does Ben live?"}) {
        page.ask(QString::fromLatin1(question));
        wait(kReplyMs, [&] { return !page.busy(); });
    }
}

void picture(MainWindow& window, const QString& path) {
    if (!window.grab().save(path))
        fail(ErrorCode::WriteFailed, "Cannot write " + path.toStdString() + ".",
             "Check the folder and the free space.");
}

/// One more picture for each state that a run is in, beside the page's own of the newest run.
void monitorStates(MainWindow& window, MonitorPage& monitor, const QVector<RunSummary>& runs, const QString& stem) {
    QStringList seen;
    for (const RunSummary& run : runs) {
        if (seen.contains(run.state)) continue;
        seen << run.state;
        monitor.showRun(run.row.id);
        wait(kSettleMs, [] { return false; });
        picture(window, QStringLiteral("%1-%2.png").arg(stem, run.state));
    }
}

}  // namespace

int tour(MainWindow& window, const QString& folder) {
    if (!QDir().mkpath(folder))
        fail(ErrorCode::WriteFailed, "Cannot create " + folder.toStdString() + ".", "Choose another folder.");
    window.resize(1280, 800);
    window.show();
    int index = 0;
    for (Page* page : window.pages()) {
        window.showPage(page->id());
        wait(kSettleMs, [] { return false; });
        if (auto* configure = qobject_cast<ConfigurePage*>(page))
            wait(kReviewMs, [configure] { return configure->reviewed(); });
        if (auto* lanes = qobject_cast<ChatPage*>(page); lanes != nullptr && lanes->ready()) chat(*lanes);
        wait(100, [] { return false; });
        const QString stem =
            QStringLiteral("%1/%2-%3").arg(folder).arg(++index, 2, 10, QLatin1Char('0')).arg(page->id());
        picture(window, stem + QStringLiteral(".png"));
        if (auto* monitor = qobject_cast<MonitorPage*>(page)) monitorStates(window, *monitor, window.runs(), stem);
    }
    return index;
}

}  // namespace molt::ui
