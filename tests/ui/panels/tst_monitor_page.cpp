// The Monitor page: cards for trouble, wishes to a run, and a window that is killed while a real worker trains.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/monitor_page.h"

#include <QApplication>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>
#include <cstdio>
#include <cstring>

#include "core/base/platform.h"
#include "tests/support/molt_process.h"
#include "tests/support/sample_runs.h"
#include "ui/models/run_curves.h"
#include "ui/services/run_feed.h"
#include "ui/services/run_launcher.h"
#include "ui/widgets/plot_view.h"

using namespace molt;
using namespace molt::ui;

namespace {

struct Services {
    explicit Services(const QString& database)
        : context{std::filesystem::path(database.toStdString()), nullptr, nullptr, molt_program()},
          feed(context.database),
          launcher(context.database, context.moltProgram) {
        context.feed = &feed;
        context.launcher = &launcher;
    }
    AppContext context;
    RunFeed feed;
    RunLauncher launcher;
};

/// Small enough for seconds of work, long enough to be killed in between.
RunConfig tiny_recipe() {
    RunConfig config = load_preset("tiny-demo");
    config.threads = 1;
    config.student.init = "copy";
    StageConfig& stage = config.stages[0];
    stage.data.path = "demo:5:200";
    stage.held_out.path = "demo:6:5";
    stage.steps = 150;
    stage.batch_size = 1;
    stage.sequence_length = 32;
    stage.evaluate_every = 0;
    stage.checkpoint_every = 0;
    return config;
}

QPushButton* button(const QWidget& page, const QString& text) {
    for (QPushButton* each : page.findChildren<QPushButton*>())
        if (each->text().remove(QLatin1Char('&')) == text && each->isVisible()) return each;
    return nullptr;
}

/// The window that is killed: starts the run and shows it until then.
int window(const QString& database) {
    Services services(database);
    MonitorPage page(services.context);
    page.show();
    const qint64 run = services.launcher.start(tiny_recipe());
    page.showRun(run);
    QObject::connect(&services.feed, &RunFeed::eventsArrived, [](qint64, const QVector<RunEvent>& events, bool) {
        for (const RunEvent& event : events) {
            if (std::holds_alternative<StepMetrics>(event.body)) {
                std::puts("step");
                std::fflush(stdout);
            }
        }
    });
    return QApplication::exec();
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { folder_ = std::make_unique<QTemporaryDir>(); }

    void a_killed_window_does_not_stop_the_run_and_a_new_one_has_no_gap() {
        if (!QFile::exists(molt_program())) QSKIP("molt is not built");
        const QString database = folder_->filePath("molt.db");
        QProcess first;
        first.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--window"), database});
        QTRY_VERIFY2_WITH_TIMEOUT(first.canReadLine() || first.waitForReadyRead(50), "no step", 120000);
        first.kill();
        QVERIFY(first.waitForFinished(10000));

        Services services(database);
        MonitorPage page(services.context);
        page.show();
        RunCurves curves;
        connect(&services.feed, &RunFeed::eventsArrived, this,
                [&](qint64, const QVector<RunEvent>& events, bool first_batch) {
                    if (first_batch) curves.clear();
                    for (const RunEvent& event : events) curves.apply(event);
                });
        QTRY_VERIFY_WITH_TIMEOUT(!services.feed.runs().isEmpty(), 20000);
        QVERIFY2(services.feed.runs()[0].state == "running" || services.feed.runs()[0].state == "completed",
                 qPrintable(services.feed.runs()[0].state));
        QTRY_COMPARE_WITH_TIMEOUT(services.feed.runs()[0].state, QString("completed"), 240000);
        QTRY_COMPARE_WITH_TIMEOUT(curves.all().value("loss").step.size(), std::size_t(150), 20000);
        for (int i = 0; i < 150; ++i) QCOMPARE(curves.all().value("loss").step[std::size_t(i)], i + 1.0);
        QTRY_VERIFY(button(page, "Chat with it") != nullptr);
    }

    void a_failed_run_shows_why_and_offers_a_way_out() {
        Services services(folder_->filePath("molt.db"));
        {
            ExperimentStore store(services.context.database);
            molt::testing::finish_sample(store, molt::testing::sample_run(store, "bad", 3), "failed",
                                         RunFailed{"out_of_memory", "Not enough memory.", "Make the batch smaller."});
        }
        MonitorPage page(services.context);
        page.show();
        services.feed.refresh();
        const NoticeCard* card = page.findChild<NoticeCard*>();
        QTRY_COMPARE_WITH_TIMEOUT(card->message(), QString("Not enough memory."), 20000);
        QSignalSpy recipes(&page, &Page::recipeRequested);
        button(page, "Change the recipe\u2026")->click();
        QCOMPARE(recipes.count(), 1);
        QVERIFY(recipes[0][0].toString().contains("\"bad\""));
        QVERIFY(button(page, "Resume") != nullptr);
    }

    void a_vanished_process_is_interrupted_and_can_be_resumed() {
        Services services(folder_->filePath("molt.db"));
        {
            ExperimentStore store(services.context.database);
            const RunId id = store.create_run("gone", recipe_to_json(molt::testing::sample_recipe("gone")).dump());
            store.claim(id, {.pid = 999999999});
        }
        MonitorPage page(services.context);
        page.show();
        services.feed.refresh();
        QTRY_VERIFY_WITH_TIMEOUT(button(page, "Resume") != nullptr, 20000);
        QVERIFY(page.findChild<NoticeCard*>()->message().contains("without a word"));
    }

    void a_wish_is_written_and_its_button_waits_for_the_answer() {
        Services services(folder_->filePath("molt.db"));
        RunId id = 0;
        {
            ExperimentStore store(services.context.database);
            id = molt::testing::sample_run(store, "live", 20);
        }
        MonitorPage page(services.context);
        page.show();
        services.feed.refresh();
        QTRY_VERIFY_WITH_TIMEOUT(button(page, "Save now") != nullptr, 20000);
        button(page, "Save now")->click();
        ExperimentStore store(services.context.database);
        QCOMPARE(store.wanted(id), std::string("save_now"));
        QTRY_VERIFY_WITH_TIMEOUT(!button(page, "Save now")->isEnabled(), 20000);
        store.acknowledge(id, "save_now", "run");
        QTRY_VERIFY_WITH_TIMEOUT(button(page, "Save now")->isEnabled(), 20000);
        button(page, "Hold")->click();
        QCOMPARE(store.wanted(id), std::string("hold"));
    }

    void without_a_run_the_demo_is_offered() {
        Services services(folder_->filePath("molt.db"));
        MonitorPage page(services.context);
        page.resize(900, 600);
        page.show();
        QVERIFY(button(page, "Try the tiny demo") != nullptr);
    }

private:
    std::unique_ptr<QTemporaryDir> folder_;
};

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    if (argc == 3 && std::strcmp(argv[1], "--window") == 0) return window(QString::fromLocal8Bit(argv[2]));
    Tst test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_monitor_page.moc"
