// The Chat page with a scripted worker: asking, editing, regenerating, stopping, errors in the lane, stored
// conversations. SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/chat_page.h"

#include <QApplication>
#include <QListWidget>
#include <QPushButton>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/support/sample_runs.h"
#include "ui/models/chat_tree.h"
#include "ui/panels/chat_lane.h"
#include "ui/services/run_feed.h"
#include "ui/services/run_launcher.h"
#include "ui/widgets/composer.h"

using namespace molt;
using namespace molt::ui;

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        context_.database = std::filesystem::path(folder_->filePath("molt.db").toStdString());
        context_.moltProgram = QStringLiteral(MOLT_SOURCE_DIR "/tests/support/fake_molt.sh");
        feed_ = std::make_unique<RunFeed>(context_.database);
        launcher_ = std::make_unique<RunLauncher>(context_.database, context_.moltProgram);
        context_.feed = feed_.get();
        context_.launcher = launcher_.get();
        page_ = std::make_unique<ChatPage>(context_);
        page_->resize(1000, 640);
        page_->show();
        page_->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(page_.get()));
    }
    void cleanup() {
        page_.reset();
        launcher_.reset();
        feed_.reset();
    }

    void both_lanes_answer_in_turn_and_the_conversation_is_kept() {
        page_->setModels("/models/a", "/models/b");
        say("Anna has a red kite.");
        const ChatTurn& turn = page_->conversation().turn(0);
        for (const LaneReply& reply : turn.replies) {
            QCOMPARE(reply.text, QString("Anna has a red kite."));
            QVERIFY(reply.stats.contains("tokens/s"));
        }
        QCOMPARE(list()->count(), 1);
        button("New")->click();
        QCOMPARE(page_->conversation().length(), 0);
        list()->setCurrentRow(0);
        QCOMPARE(page_->conversation().length(), 1);
    }

    void an_edit_makes_a_version_beside_the_old_one() {
        page_->setModels("/models/a", "/models/b");
        say("first");
        view()->editRequested(0);
        QCOMPARE(composer()->toPlainText(), QString("first"));
        // Esc leaves the old message as it is.
        QTest::keyClick(page_.get(), Qt::Key_Escape);
        QTRY_COMPARE(composer()->toPlainText(), QString());
        view()->editRequested(0);
        say("second");
        QCOMPARE(page_->conversation().versions(0), 2);
        QCOMPARE(page_->conversation().turn(0).question, QString("second"));
        view()->regenerateRequested(0);
        QTRY_VERIFY_WITH_TIMEOUT(!page_->busy(), 20000);
        QCOMPARE(page_->conversation().versions(0), 3);
        view()->versionRequested(0, 0);
        QCOMPARE(page_->conversation().turn(0).question, QString("first"));
    }

    void trouble_stays_in_its_lane() {
        page_->setModels("/models/missing", "/models/b");
        say("hello");
        const ChatTurn& turn = page_->conversation().turn(0);
        QVERIFY(turn.replies[0].error.contains("No such model."));
        QVERIFY(turn.replies[0].error.contains("Choose another folder."));
        QCOMPARE(turn.replies[1].error, QString());
        QVERIFY(view()->toPlainText().contains("Try again"));
    }

    void a_lane_without_a_model_says_so() {
        say("hello");
        for (const LaneReply& reply : page_->conversation().turn(0).replies) QVERIFY(!reply.error.isEmpty());
    }

    void stop_is_in_the_place_of_send_and_ends_the_whole_answer() {
        page_->setModels("/models/slow", "/models/b");
        QVERIFY(button("Send")->isVisible());
        page_->ask("slow");
        QTRY_VERIFY(button("Stop (Esc)")->isVisible());
        QVERIFY(!button("Send")->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(view()->toPlainText().contains("never"), 20000);
        QTest::keyClick(page_.get(), Qt::Key_Escape);
        QTRY_VERIFY_WITH_TIMEOUT(!page_->busy(), 20000);
        const ChatTurn& turn = page_->conversation().turn(0);
        QVERIFY(turn.replies[0].stats.contains("stopped"));
        QCOMPARE(turn.replies[1].text, QString());
        QVERIFY(button("Send")->isVisible());
    }

    void a_finished_run_offers_its_teacher_and_its_hybrid() {
        {
            ExperimentStore store(context_.database);
            molt::testing::fill_with_samples(store);
        }
        feed_->refresh();
        QTRY_VERIFY_WITH_TIMEOUT(page_->ready(), 20000);
        QCOMPARE(lane("A")->model(), QString("/models/teacher"));
        QCOMPARE(lane("B")->model(), QString("/runs/5/final"));
    }

private:
    void say(const QString& text) {
        page_->ask(text);
        QTRY_VERIFY_WITH_TIMEOUT(!page_->busy(), 20000);
    }
    QPushButton* button(const QString& text) const {
        for (QPushButton* each : page_->findChildren<QPushButton*>())
            if (each->text().remove(QLatin1Char('&')) == text) return each;
        return nullptr;
    }
    ChatLane* lane(const QString& letter) const {
        for (ChatLane* each : page_->findChildren<ChatLane*>())
            if (each->view()->accessibleName().endsWith(letter)) return each;
        return nullptr;
    }
    LaneView* view() const { return lane(QStringLiteral("A"))->view(); }
    Composer* composer() const { return page_->findChild<Composer*>(); }
    QListWidget* list() const { return page_->findChild<QListWidget*>(); }
    std::unique_ptr<QTemporaryDir> folder_;
    AppContext context_;
    std::unique_ptr<RunFeed> feed_;
    std::unique_ptr<RunLauncher> launcher_;
    std::unique_ptr<ChatPage> page_;
};

QTEST_MAIN(Tst)
#include "tst_chat_page.moc"
