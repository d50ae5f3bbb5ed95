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

namespace molt::ui {

namespace {

constexpr int kSettleMs = 2500;
constexpr int kReplyMs = 20000;

void wait(int milliseconds, const std::function<bool()>& done) {
    const QDeadlineTimer deadline(milliseconds);
    while (!deadline.hasExpired() && !done()) {
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
        QThread::msleep(5);
    }
}

/// Dialogues of the demo show both lanes at work; with other models the questions are as good as any.
void chat(ChatPage& page) {
    for (const char* question : {"Anna has a red kite. Ben lives in Oslo.", "Kate likes chess.", "What does Anna have?", "Where does Ben live?"}) {
        page.ask(QString::fromLatin1(question));
        wait(kReplyMs, [&] { return !page.busy(); });
    }
}

}  // namespace

int tour(MainWindow& window, const QString& folder) {
    if (!QDir().mkpath(folder)) fail(ErrorCode::WriteFailed, "Cannot create " + folder.toStdString() + ".", "Choose another folder.");
    window.resize(1280, 800);
    window.show();
    int index = 0;
    for (Page* page : window.pages()) {
        window.showPage(page->id());
        wait(kSettleMs, [] { return false; });
        if (auto* lanes = qobject_cast<ChatPage*>(page); lanes != nullptr && lanes->ready()) chat(*lanes);
        wait(100, [] { return false; });
        const QString path = QStringLiteral("%1/%2-%3.png").arg(folder).arg(++index, 2, 10, QLatin1Char('0')).arg(page->id());
        if (!window.grab().save(path)) fail(ErrorCode::WriteFailed, "Cannot write " + path.toStdString() + ".", "Check the folder and the free space.");
    }
    return index;
}

}  // namespace molt::ui
