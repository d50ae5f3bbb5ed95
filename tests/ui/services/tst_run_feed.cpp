// The reader thread over a store that the test writes, the table over it, and the launcher's failures.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/services/run_feed.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/support/sample_runs.h"
#include "ui/models/run_list_model.h"
#include "ui/services/recipe_checker.h"
#include "ui/services/run_launcher.h"

using namespace molt;
using namespace molt::ui;

namespace {
const QString kFakeMolt = QStringLiteral(MOLT_SOURCE_DIR "/tests/support/fake_molt.sh");
}

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        database_ = std::filesystem::path(folder_->filePath("molt.db").toStdString());
    }

    void every_state_is_seen_as_it_is() {
        ExperimentStore store(database_);
        molt::testing::fill_with_samples(store);
        RunFeed feed(database_);
        QSignalSpy changed(&feed, &RunFeed::runsChanged);
        QVERIFY(changed.wait(20000));
        QStringList states;
        for (const RunSummary& run : feed.runs()) states << run.state;
        QCOMPARE(states, (QStringList{"completed", "interrupted", "running", "stopped", "failed"}));
        QCOMPARE(feed.runs()[0].modelPath, QString("/runs/5/final"));
        QVERIFY(feed.runs()[0].bestKl > 0 && feed.runs()[0].bestKl < 0.2);
        QCOMPARE(feed.runs()[2].progress.step, 212);
    }

    void a_followed_run_arrives_whole_and_then_live() {
        ExperimentStore store(database_);
        const RunId id = molt::testing::sample_run(store, "r", 40);
        RunFeed feed(database_);
        QVector<RunEvent> seen;
        int firsts = 0;
        connect(&feed, &RunFeed::eventsArrived, this, [&](qint64 run, const QVector<RunEvent>& events, bool first) {
            QCOMPARE(run, id);
            firsts += first;
            seen += events;
        });
        feed.follow(id);
        QTRY_VERIFY_WITH_TIMEOUT(seen.size() >= 44, 20000);
        const qsizetype before = seen.size();
        std::vector<RunEvent> more{molt::testing::event_at(wall_clock(), StepMetrics{41, {{"loss", 1.0}}})};
        store.append(id, 1, more);
        QTRY_COMPARE_WITH_TIMEOUT(seen.size(), before + 1, 20000);
        QCOMPARE(firsts, 1);
        for (qsizetype i = 0; i < seen.size(); ++i) QCOMPARE(seen[i].seq, i + 1);
    }

    void an_unreadable_database_is_said_once() {
        QFile file(QString::fromStdString(database_.string()));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(8192, 'x'));
        file.close();
        RunFeed feed(database_);
        QSignalSpy failed(&feed, &RunFeed::failed);
        QVERIFY(failed.wait(20000));
        QVERIFY(!failed[0][1].toString().isEmpty());
    }

    void the_table_keeps_the_rules_of_models() {
        ExperimentStore store(database_);
        molt::testing::fill_with_samples(store);
        RunFeed feed(database_);
        QSignalSpy changed(&feed, &RunFeed::runsChanged);
        QVERIFY(changed.wait(20000));
        RunListModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        model.setRuns(feed.runs());
        model.setRuns(feed.runs());
        QCOMPARE(resets.count(), 1);  // the same runs change in place, so that a selection stays
        QCOMPARE(model.rowCount(), 5);
        QCOMPARE(model.index(0, RunListModel::Name).data().toString(), QString("tiny-demo  #5"));
        QVERIFY(model.index(1, RunListModel::BestKl).data(RunListModel::kSortRole).toDouble() >
                1e9);  // nothing sorts last
        model.setRuns({});
        QCOMPARE(model.rowCount(), 0);
    }

    void a_worker_that_does_not_claim_shows_its_last_lines() {
        { ExperimentStore create(database_); }
        RunLauncher launcher(database_, kFakeMolt);
        QSignalSpy failed(&launcher, &RunLauncher::workerFailed);
        const qint64 run = launcher.start(molt::testing::sample_recipe("r"));
        QVERIFY(failed.wait(20000));
        QCOMPARE(failed[0][0].toLongLong(), run);
        QVERIFY(failed[0][1].toString().contains("no CPU instructions left"));
    }

    void a_dry_run_gives_a_plan_or_a_blocker_in_words() {
        RecipeChecker checker(kFakeMolt, database_);
        QSignalSpy planned(&checker, &RecipeChecker::planned), blocked(&checker, &RecipeChecker::blocked);
        checker.check(molt::testing::sample_recipe("fine"));
        QVERIFY(planned.wait(20000));
        QCOMPARE(planned[0][0].value<json>().at("teacher_parameters").get<int>(), 1400000);
        checker.check(molt::testing::sample_recipe("fine"));
        checker.check(molt::testing::sample_recipe("blocked"));
        QVERIFY(blocked.wait(20000));
        QCOMPARE(blocked[0][0].toString(), QString("The file x.jsonl is missing."));
        QCOMPARE(planned.count(), 1);  // the older check was dropped
        RecipeChecker without(QString(), database_);
        QSignalSpy missing(&without, &RecipeChecker::blocked);
        without.check(molt::testing::sample_recipe("fine"));
        QVERIFY(missing.wait(20000));
    }

private:
    std::unique_ptr<QTemporaryDir> folder_;
    std::filesystem::path database_;
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_run_feed.moc"
