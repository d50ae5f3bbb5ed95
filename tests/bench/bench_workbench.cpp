// What the eye notices in the workbench: first paint of the window, frames while a chart of a million points is zoomed
// and panned, the cross hair, and a reply that streams without a newline. Prints times in milliseconds.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <random>
#include <sstream>

#include "ui/main_window.h"
#include "ui/services/run_feed.h"
#include "ui/services/run_launcher.h"
#include "ui/widgets/lane_view.h"
#include "ui/widgets/plot_view.h"

using namespace molt;
using namespace molt::ui;

namespace {

double milliseconds(const QElapsedTimer& clock) { return static_cast<double>(clock.nsecsElapsed()) / 1e6; }

void print(const char* what, std::vector<double> times) {
    std::sort(times.begin(), times.end());
    const auto at = [&](double share) { return times[static_cast<std::size_t>(share * double(times.size() - 1))]; };
    std::printf("%-58s median %8.3f   p99 %8.3f   most %8.3f\n", what, at(0.5), at(0.99), times.back());
}

/// Since the kernel made this process, to 10 ms.
double since_process_start() {
    std::ifstream file("/proc/self/stat");
    std::stringstream text;
    text << file.rdbuf();
    std::string rest = text.str().substr(text.str().rfind(')') + 2), word;
    std::istringstream words(rest);
    for (int field = 3; field <= 22; ++field) words >> word;
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    const double seconds = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
    return 1000 * (seconds - std::stod(word) / static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

/// Reports the first paint of the window that it watches.
class FirstPaint : public QObject {
public:
    bool painted = false;

protected:
    bool eventFilter(QObject*, QEvent* event) override {
        painted = painted || event->type() == QEvent::Paint;
        return false;
    }
};

void first_paint() {
    const QTemporaryDir folder;
    AppContext context;
    context.database = std::filesystem::path(folder.filePath("molt.db").toStdString());
    QElapsedTimer clock;
    clock.start();
    RunFeed feed(context.database);
    RunLauncher launcher(context.database, {});
    context.feed = &feed;
    context.launcher = &launcher;
    MainWindow window(context, QStringLiteral("en"), Theme::Light);
    const double built = milliseconds(clock);
    FirstPaint watch;
    window.centralWidget()->installEventFilter(&watch);
    window.show();
    while (!watch.painted) QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    std::printf("window built %.0f, first paint %.0f after the start of main, %.0f after that of the process\n", built,
                milliseconds(clock), since_process_start());
}

void charts(int series, int points) {
    std::mt19937 random(7);
    std::normal_distribution<double> noise(0, 0.1);
    std::vector<double> x(static_cast<std::size_t>(points)), y(x.size());
    PlotView plot;
    plot.resize(1200, 700);
    plot.show();
    QElapsedTimer clock;
    clock.start();
    for (int s = 0; s < series; ++s) {
        for (std::size_t i = 0; i < x.size(); ++i) {
            x[i] = static_cast<double>(i);
            y[i] = (s + 1) * std::exp(-x[i] / points * 3) + noise(random);
        }
        plot.setSeries(QString::number(s), QString::number(s), x, y);
    }
    std::printf("%d series of %d points: taken in within %.0f ms\n", series, points, milliseconds(clock));
    std::vector<double> zooms, pans, hovers, appends;
    const auto frame = [&](std::vector<double>& times, const auto& action) {
        clock.start();
        action();
        times.push_back(milliseconds(clock));
    };
    double width = points;
    for (int i = 0; i < 100; ++i) {
        width *= i < 50 ? 0.9 : 1 / 0.9;
        frame(zooms, [&] {
            plot.zoomTo(points * 0.5 - width / 2, points * 0.5 + width / 2);
            plot.drawNow();
        });
    }
    for (int i = 0; i < 100; ++i) {
        frame(pans, [&] {
            plot.zoomTo(points * 0.005 * i, points * (0.3 + 0.005 * i));
            plot.drawNow();
        });
    }
    for (int i = 0; i < 200; ++i) frame(hovers, [&] { plot.readoutAt(points * 0.5 + i * 0.001 * points); });
    plot.fit();
    for (int i = 0; i < 20; ++i) {
        x.push_back(points + i);
        y.push_back(0.5);
        frame(appends, [&] {
            plot.setSeries(QString::number(series - 1), {}, x, y);
            plot.drawNow();
        });
    }
    print("  zoom, a frame", zooms);
    print("  pan, a frame", pans);
    print("  cross hair", hovers);
    print("  one point more while following, a frame", appends);
}

/// 8,000 tokens of one paragraph at 1,000 a second; the turns of the event loop are what a user feels.
void reply() {
    LaneView view;
    view.resize(500, 600);
    view.show();
    ChatTree tree(1);
    tree.ask(QStringLiteral("go on"));
    view.showConversation(tree, 0);
    std::vector<double> turns;
    QElapsedTimer all, turn;
    all.start();
    for (int token = 0; token < 8000;) {
        for (; token < 8000 && token < all.elapsed(); ++token) view.append(QStringLiteral("again "));
        turn.start();
        QCoreApplication::processEvents();
        turns.push_back(milliseconds(turn));
    }
    std::printf("8,000 tokens without a newline at 1,000 a second: %.0f ms in all\n", milliseconds(all));
    print("  turn of the event loop", turns);
}

}  // namespace

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("bench-workbench"));
    first_paint();
    charts(1, 1000000);
    charts(8, 1000000);
    reply();
    return 0;
}
