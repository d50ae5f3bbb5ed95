// molt-workbench: options, the services that all pages share, the window.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/socket.h>
#include <unistd.h>

#include <QApplication>
#include <QCommandLineParser>
#include <QMessageBox>
#include <QSettings>
#include <QSocketNotifier>
#include <csignal>
#include <cstdio>

#include "core/base/error.h"
#include "core/base/platform.h"
#include "ui/main_window.h"
#include "ui/services/run_feed.h"
#include "ui/services/run_launcher.h"
#include "ui/tour.h"

using namespace molt;
using namespace molt::ui;

namespace {

int g_signal_pipe[2] = {-1, -1};

/// SIGTERM and SIGINT end the program as closing the window does; only write() is allowed in a signal handler.
void on_signal(int) {
    const char byte = 1;
    [[maybe_unused]] const auto written = ::write(g_signal_pipe[0], &byte, 1);
}

void close_on_signals(MainWindow& window) {
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, g_signal_pipe) != 0) return;
    auto* notifier = new QSocketNotifier(g_signal_pipe[1], QSocketNotifier::Read, &window);
    QObject::connect(notifier, &QSocketNotifier::activated, &window, [&window] { window.close(); });
    std::signal(SIGTERM, on_signal);
    std::signal(SIGINT, on_signal);
}

int run(QApplication& application, const QCommandLineParser& options) {
    const QString database = options.value(QStringLiteral("db"));
    AppContext context;
    context.database = database.isEmpty() ? default_database_path() : std::filesystem::path(database.toStdString());
    context.database = std::filesystem::absolute(context.database);
    // A window says what is wrong with its database; pictures of an error would help nobody.
    if (options.isSet(QStringLiteral("tour"))) {
        const ExperimentStore check(context.database);
    }
    context.moltProgram = RunLauncher::findMolt();
    RunFeed feed(context.database);
    RunLauncher launcher(context.database, context.moltProgram);
    context.feed = &feed;
    context.launcher = &launcher;

    const QString theme = options.isSet(QStringLiteral("theme"))
                              ? options.value(QStringLiteral("theme"))
                              : QSettings().value(QStringLiteral("theme")).toString();
    MainWindow window(context, options.value(QStringLiteral("language")), parseTheme(theme));
    if (options.isSet(QStringLiteral("tour"))) {
        tour(window, options.value(QStringLiteral("tour")));
        return 0;
    }
    if (options.isSet(QStringLiteral("page"))) window.showPage(options.value(QStringLiteral("page")));
    window.show();
    close_on_signals(window);
    return application.exec();
}

void add_options(QCommandLineParser& options) {
    options.setApplicationDescription(QStringLiteral(
        "The workbench of Molt: configure, watch and compare distillations; chat with teacher and hybrid."));
    options.addHelpOption();
    options.addOptions({
        {QStringLiteral("db"), QStringLiteral("Experiment database."), QStringLiteral("FILE")},
        {QStringLiteral("page"), QStringLiteral("First page: configure, monitor, chat, history."),
         QStringLiteral("NAME")},
        {QStringLiteral("language"), QStringLiteral("en or zh_CN."), QStringLiteral("NAME")},
        {QStringLiteral("theme"), QStringLiteral("light, dark or system."), QStringLiteral("NAME")},
        {QStringLiteral("tour"), QStringLiteral("Writes a picture of every page into DIR and exits."),
         QStringLiteral("DIR")},
    });
}

}  // namespace

int main(int argc, char** argv) {
    make_children_wait_asleep();
    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("molt-workbench"));
    QCoreApplication::setOrganizationName(QStringLiteral("molt"));
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QCommandLineParser options;
    add_options(options);
    options.process(application);
    try {
        return run(application, options);
    } catch (...) {
        const Failure failure = describe_current_exception();
        std::fprintf(stderr, "error: %s\nhint: %s\n", failure.message.c_str(), failure.hint.c_str());
        if (!options.isSet(QStringLiteral("tour")) && QGuiApplication::platformName() != QLatin1String("offscreen")) {
            QMessageBox::critical(nullptr, QStringLiteral("Molt"),
                                  QString::fromStdString(failure.message + "\n\n" + failure.hint));
        }
        return static_cast<int>(failure.code);
    }
}
