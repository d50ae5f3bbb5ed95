// The tour over an empty and a filled database, in both languages and themes: whole pictures, no warning of Qt.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/tour.h"

#include <QImage>
#include <QSettings>
#include <QTemporaryDir>
#include <QtTest>
#include <set>

#include "tests/support/sample_runs.h"
#include "ui/main_window.h"
#include "ui/services/run_feed.h"
#include "ui/services/run_launcher.h"

using namespace molt;
using namespace molt::ui;

namespace {

QStringList warnings;

void collect(QtMsgType type, const QMessageLogContext&, const QString& text) {
    if (type != QtDebugMsg && type != QtInfoMsg) warnings << text;
}

int colours(const QString& picture) {
    const QImage image(picture);
    std::set<QRgb> seen;
    for (int y = 0; y < image.height(); y += 3)
        for (int x = 0; x < image.width(); x += 3) seen.insert(image.pixel(x, y));
    return static_cast<int>(seen.size());
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        QCoreApplication::setOrganizationName(QStringLiteral("molt-test"));
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, home_.path());
        molt::testing::use_sample_presets(home_.filePath("resources").toStdString());
    }

    void every_page_is_painted_without_a_warning_data() {
        QTest::addColumn<bool>("filled");
        QTest::addColumn<QString>("language");
        QTest::addColumn<QString>("theme");
        QTest::newRow("empty-en-light") << false << "en"
                                        << "light";
        QTest::newRow("empty-zh-dark") << false << "zh_CN"
                                       << "dark";
        QTest::newRow("filled-en-dark") << true << "en"
                                        << "dark";
        QTest::newRow("filled-en-light") << true << "en"
                                         << "light";
        QTest::newRow("filled-zh-light") << true << "zh_CN"
                                         << "light";
    }

    void every_page_is_painted_without_a_warning() {
        QFETCH(bool, filled);
        QFETCH(QString, language);
        QFETCH(QString, theme);
        const QTemporaryDir folder;
        AppContext context;
        context.database = std::filesystem::path(folder.filePath("molt.db").toStdString());
        {
            ExperimentStore store(context.database);
            if (filled) molt::testing::fill_with_samples(store);
        }
        context.moltProgram = QStringLiteral(MOLT_SOURCE_DIR "/tests/support/fake_molt.sh");
        RunFeed feed(context.database);
        RunLauncher launcher(context.database, context.moltProgram);
        context.feed = &feed;
        context.launcher = &launcher;
        // MOLT_TOUR keeps the pictures for people to look at.
        const QString kept = qEnvironmentVariable("MOLT_TOUR");
        const QString pictures =
            kept.isEmpty() ? folder.filePath("tour") : kept + QLatin1Char('/') + QTest::currentDataTag();
        warnings.clear();
        const auto previous = qInstallMessageHandler(collect);
        int count = 0;
        {
            MainWindow window(context, language, parseTheme(theme));
            count = tour(window, pictures);
        }
        qInstallMessageHandler(previous);
        QCOMPARE(warnings, QStringList());
        const QStringList files = QDir(pictures).entryList({"*.png"});
        QVERIFY(count >= 4);
        QVERIFY(files.size() >= count);
        for (const QString& file : files) QVERIFY2(colours(pictures + QLatin1Char('/') + file) > 20, qPrintable(file));
    }

private:
    QTemporaryDir home_;
};

QTEST_MAIN(Tst)
#include "tst_tour.moc"
