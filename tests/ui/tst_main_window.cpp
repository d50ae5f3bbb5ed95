// The window as a whole: names for assistive technology, complete translations, room for texts, keys, undo.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QAction>
#include <QComboBox>
#include <QDirIterator>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>
#include <QTemporaryDir>
#include <QTextEdit>
#include <QXmlStreamReader>
#include <QtTest>

#include "core/base/files.h"
#include "core/spec/chat.h"
#include "tests/support/sample_runs.h"
#include "ui/page.h"
#include "ui/panels/configure_page.h"
#include "ui/services/run_feed.h"
#include "ui/services/run_launcher.h"
#include "ui/widgets/config_form.h"

using namespace molt;
using namespace molt::ui;

namespace {

struct Message {
    QString source;
    QStringList texts;
};

QVector<Message> readTranslation(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return {};
    QXmlStreamReader xml(&file);
    QVector<Message> messages;
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement) continue;
        if (xml.name() == QLatin1String("source")) messages.push_back({xml.readElementText(), {}});
        if (xml.name() == QLatin1String("translation") || xml.name() == QLatin1String("numerusform")) {
            const QString text = xml.readElementText(QXmlStreamReader::IncludeChildElements).trimmed();
            if (!text.isEmpty()) messages.back().texts << text;
        }
    }
    return messages;
}

QStringList placeholders(const QString& text) {
    QStringList found;
    for (auto it = QRegularExpression(QStringLiteral("%(\\d|n)")).globalMatch(text); it.hasNext();)
        found << it.next().captured();
    found.sort();
    return found;
}

/// Texts that people read in a control; empty if it shows none.
QString shownText(const QWidget* widget) {
    if (const auto* button = qobject_cast<const QAbstractButton*>(widget)) return button->text();
    return {};
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        QCoreApplication::setOrganizationName(QStringLiteral("molt-test"));
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder_.path());
        molt::testing::use_sample_presets(folder_.filePath("resources").toStdString());
        context_.database = std::filesystem::path(folder_.filePath("molt.db").toStdString());
        {
            ExperimentStore store(context_.database);
            molt::testing::fill_with_samples(store);
        }
        context_.moltProgram = QStringLiteral(MOLT_SOURCE_DIR "/tests/support/fake_molt.sh");
        feed_ = std::make_unique<RunFeed>(context_.database);
        launcher_ = std::make_unique<RunLauncher>(context_.database, context_.moltProgram);
        context_.feed = feed_.get();
        context_.launcher = launcher_.get();
        window_ = std::make_unique<MainWindow>(context_, QStringLiteral("en"), Theme::Light);
        window_->resize(1280, 800);
        window_->show();
        QTRY_VERIFY_WITH_TIMEOUT(!feed_->runs().isEmpty(), 20000);
    }
    void cleanupTestCase() {
        window_.reset();
        launcher_.reset();
        feed_.reset();
    }

    void every_control_has_a_name() {
        QStringList nameless;
        for (QWidget* widget : window_->findChildren<QWidget*>()) {
            const bool control = qobject_cast<QAbstractButton*>(widget) || qobject_cast<QComboBox*>(widget) ||
                                 qobject_cast<QLineEdit*>(widget) || qobject_cast<QAbstractSpinBox*>(widget) ||
                                 qobject_cast<QAbstractItemView*>(widget) || qobject_cast<QTextEdit*>(widget) ||
                                 qobject_cast<QPlainTextEdit*>(widget);
            if (!control || widget->objectName().startsWith(QLatin1String("qt_"))) continue;
            // Parts of a control are named by the control.
            if (qobject_cast<QComboBox*>(widget->parentWidget()) ||
                qobject_cast<QAbstractSpinBox*>(widget->parentWidget()) ||
                qobject_cast<QLineEdit*>(widget->parentWidget()) || widget->inherits("QComboBoxListView") ||
                widget->inherits("QTableCornerButton") || widget->inherits("QHeaderView"))
                continue;
            if (widget->accessibleName().isEmpty() && shownText(widget).isEmpty()) {
                nameless << QStringLiteral("%1 in %2")
                                .arg(QString::fromLatin1(widget->metaObject()->className()),
                                     QString::fromLatin1(widget->parentWidget()->metaObject()->className()));
            }
        }
        QCOMPARE(nameless, QStringList());
    }

    void chinese_is_complete_and_keeps_the_places() {
        const auto messages = readTranslation(QStringLiteral(MOLT_SOURCE_DIR "/resources/i18n/molt_zh_CN.ts"));
        QVERIFY(messages.size() > 250);
        QSet<QString> known;
        for (const Message& message : messages) {
            QVERIFY2(!message.texts.isEmpty(), qPrintable(message.source));
            known.insert(message.source);
            for (const QString& text : message.texts) QCOMPARE(placeholders(text), placeholders(message.source));
        }
        // Every text in the sources is one of them.
        static const QRegularExpression call(
            QStringLiteral("(?:\\btr\\(|QT_TRANSLATE_NOOP\\(\"\\w+\",|translate\\(\"RunTexts\",)\\s*((?:\"(?:[^\"\\\\]|"
                           "\\\\.)*\"\\s*)+)"));
        static const QRegularExpression piece(QStringLiteral("\"(?:[^\"\\\\]|\\\\.)*\""));
        int found = 0;
        for (QDirIterator it(QStringLiteral(MOLT_SOURCE_DIR "/ui"), {"*.cpp", "*.h"}, QDir::Files,
                             QDirIterator::Subdirectories);
             it.hasNext();) {
            QFile file(it.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QString code = QString::fromUtf8(file.readAll());
            for (auto match = call.globalMatch(code); match.hasNext(); ++found) {
                QString literal;
                for (auto part = piece.globalMatch(match.next().captured(1)); part.hasNext();)
                    literal +=
                        QString::fromStdString(json::parse(part.next().captured().toStdString()).get<std::string>());
                QVERIFY2(known.contains(literal), qPrintable(file.fileName() + ": " + literal));
            }
        }
        QVERIFY(found > 150);
    }

    void every_setting_has_a_chinese_label_and_help() {
        window_->setLanguage(QStringLiteral("zh_CN"));
        RunConfig recipe = molt::testing::sample_recipe("r");
        QStringList english;
        const auto check = [&](const Field& field, const auto&) {
            for (const std::string_view text : {field.label, field.unit, field.help}) {
                if (text.empty()) continue;
                const QByteArray source(text.data(), qsizetype(text.size()));
                if (QCoreApplication::translate("Field", source) == QString::fromUtf8(source))
                    english << QString::fromUtf8(source);
            }
        };
        RunConfig::visit(recipe, check);
        StudentConfig::visit(recipe.student, check);
        StageConfig::visit(recipe.stages[0], check);
        DataSource::visit(recipe.stages[0].data, check);
        ShapeConfig::visit(recipe.model, check);
        SamplingParams sampling;
        SamplingParams::visit(sampling, check);
        QCOMPARE(english, QStringList());
        window_->setLanguage(QStringLiteral("en"));
    }

    void the_language_changes_while_the_window_is_open() {
        const auto chinese = [](const QString& text) {
            return text.contains(QRegularExpression(QStringLiteral("\\p{Han}")));
        };
        window_->setLanguage(QStringLiteral("zh_CN"));
        for (const Page* page : window_->pages()) QVERIFY(chinese(page->title()));
        QStringList left;
        for (QAbstractButton* button : window_->findChildren<QAbstractButton*>()) {
            static const QStringList allowed{"", QString::fromUtf8("\u2026"), QString::fromUtf8("\u2715"), "&JSON"};
            if (!button->objectName().startsWith("qt_") && !allowed.contains(button->text()) &&
                !chinese(button->text()))
                left << button->text();
        }
        for (QAction* action : window_->menuBar()->findChildren<QAction*>())
            if (!action->text().isEmpty() && action->text() != "English" && !chinese(action->text()))
                left << action->text();
        QVERIFY2(left.isEmpty(), qPrintable(left.join(QLatin1Char(';'))));
        window_->setLanguage(QStringLiteral("en"));
        QCOMPARE(window_->pages()[0]->title(), QString("Configure"));
    }

    void no_button_or_short_label_is_cut_data() {
        QTest::addColumn<QString>("language");
        QTest::addColumn<QSize>("size");
        QTest::newRow("en") << "en" << QSize(1280, 800);
        QTest::newRow("zh_CN") << "zh_CN" << QSize(1280, 800);
        QTest::newRow("en, smallest") << "en" << QSize(1180, 720);
        QTest::newRow("zh_CN, smallest") << "zh_CN" << QSize(1180, 720);
    }
    void no_button_or_short_label_is_cut() {
        QFETCH(QString, language);
        QFETCH(QSize, size);
        window_->setLanguage(language);
        window_->resize(size);
        QTRY_COMPARE(window_->size(), size);
        QStringList cut;
        for (const Page* page : window_->pages()) {
            window_->showPage(page->id());
            QTest::qWait(50);
            for (QAbstractButton* button : page->findChildren<QAbstractButton*>())
                if (button->isVisible() && button->width() < button->minimumSizeHint().width()) cut << button->text();
            for (QLabel* label : page->findChildren<QLabel*>())
                if (label->isVisible() && !label->wordWrap() && !label->text().isEmpty() &&
                    label->width() + 1 < label->sizeHint().width() && label->buddy() != nullptr)
                    cut << label->text();
        }
        QCOMPARE(cut, QStringList());
        window_->setLanguage(QStringLiteral("en"));
        window_->resize(1280, 800);
    }

    void the_title_names_the_program() { QVERIFY(window_->windowTitle().contains("Molt")); }

    void the_tab_key_comes_by_every_control_of_a_page() {
        window_->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(window_.get()));
        for (const Page* page : window_->pages()) {
            window_->showPage(page->id());
            QTest::qWait(20);
            QSet<QWidget*> reached;
            QWidget* focus = window_.get();
            for (int i = 0; i < 300; ++i) {
                QTest::keyClick(focus, Qt::Key_Tab);
                focus = QApplication::focusWidget();
                QVERIFY(focus != nullptr);
                if (reached.contains(focus)) break;
                reached.insert(focus);
            }
            QStringList missed;
            for (QPushButton* button : page->findChildren<QPushButton*>())
                if (button->isVisible() && button->isEnabled() && !reached.contains(button)) missed << button->text();
            QVERIFY2(missed.isEmpty(), qPrintable(page->id() + ": " + missed.join(QLatin1Char(';'))));
        }
    }

    void a_database_that_cannot_be_read_is_a_card_with_a_way_out() {
        AppContext context;
        context.database = std::filesystem::path(folder_.filePath("damaged.db").toStdString());
        write_file(context.database, std::string(8192, 'x'));
        RunFeed feed(context.database);
        RunLauncher launcher(context.database, {});
        context.feed = &feed;
        context.launcher = &launcher;
        MainWindow window(context, QStringLiteral("en"), Theme::Light);
        window.show();
        // Without molt, too, there is a card at once.
        QVERIFY(window.noticeCard().message().contains("molt was not found"));
        QTRY_VERIFY_WITH_TIMEOUT(!window.noticeCard().message().contains("molt was not found"), 20000);
        QStringList actions;
        for (QPushButton* button : window.noticeCard().findChildren<QPushButton*>()) actions << button->text();
        QVERIFY(actions.contains(QString::fromUtf8("Open another database\u2026")));
        std::filesystem::remove(context.database);
        for (QPushButton* button : window.noticeCard().findChildren<QPushButton*>())
            if (button->text() == "Try again") button->click();
        QTRY_VERIFY_WITH_TIMEOUT(window.noticeCard().isHidden(), 20000);
    }

    void pages_are_reached_by_keys() {
        auto* navigation = window_->findChild<QListWidget*>(QStringLiteral("navigation"));
        window_->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(window_.get()));
        for (int i = 0; i < window_->pages().size(); ++i) {
            QTest::keyClick(window_.get(), static_cast<Qt::Key>(Qt::Key_1 + i), Qt::ControlModifier);
            QCOMPARE(navigation->currentRow(), i);
        }
    }

    void an_edit_is_undone_and_redone() {
        window_->showPage(QStringLiteral("configure"));
        auto* form = window_->findChild<ConfigForm*>();
        const auto name = [form] { return QString::fromStdString(form->config().name); };
        qobject_cast<QLineEdit*>(form->editor("name"))->setText("other");
        QCOMPARE(name(), QString("other"));
        const auto press = [this](const char* text) {
            for (QPushButton* button : window_->findChildren<QPushButton*>())
                if (button->text().remove(QLatin1Char('&')) == QLatin1String(text)) button->click();
        };
        press("Undo");
        QCOMPARE(name(), QString("tiny-demo"));
        press("Redo");
        QCOMPARE(name(), QString("other"));
    }

private:
    QTemporaryDir folder_;
    AppContext context_;
    std::unique_ptr<RunFeed> feed_;
    std::unique_ptr<RunLauncher> launcher_;
    std::unique_ptr<MainWindow> window_;
};

QTEST_MAIN(Tst)
#include "tst_main_window.moc"
