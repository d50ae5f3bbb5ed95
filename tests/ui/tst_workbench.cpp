// The program as a process: it opens over any database, ends cleanly when asked to, and refuses pictures of an error.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <signal.h>

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sigterm_ends_it_cleanly_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("no database yet") << QByteArray();
        QTest::newRow("a damaged database") << QByteArray(8192, 'x');
    }
    void sigterm_ends_it_cleanly() {
        QFETCH(QByteArray, content);
        const QString home = folder_.filePath(QTest::currentDataTag());
        QVERIFY(QDir().mkpath(home));
        const QString database = home + "/molt.db";
        if (!content.isEmpty()) write(database, content);
        QProcess program;
        start(program, home, {"--db", database});
        QVERIFY(program.waitForStarted());
        // Settings are written when it closes, so they tell that it did.
        const QString settings = home + "/molt/molt-workbench.ini";
        QVERIFY(!QFile::exists(settings));
        QTRY_VERIFY_WITH_TIMEOUT(listens(program.processId()), 60000);
        ::kill(static_cast<pid_t>(program.processId()), SIGTERM);
        QVERIFY(program.waitForFinished(60000));
        QCOMPARE(program.exitStatus(), QProcess::NormalExit);
        QCOMPARE(program.exitCode(), 0);
        QVERIFY(QFile::exists(settings));
    }

    void a_tour_over_a_damaged_database_is_an_error() {
        write(folder_.filePath("bad.db"), QByteArray(8192, 'x'));
        QProcess program;
        start(program, folder_.path(), {"--db", folder_.filePath("bad.db"), "--tour", folder_.filePath("tour")});
        QVERIFY(program.waitForFinished(60000));
        QCOMPARE(program.exitCode(), 11);
        const QByteArray said = program.readAllStandardError();
        QVERIFY(said.contains("error: ") && said.contains("hint: "));
    }

private:
    static void write(const QString& path, const QByteArray& content) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
    static void start(QProcess& program, const QString& home, const QStringList& arguments) {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("QT_QPA_PLATFORM", "offscreen");
        environment.insert("XDG_CONFIG_HOME", home);
        program.setProcessEnvironment(environment);
        program.start(QStringLiteral(MOLT_BINARY_DIR "/bin/molt-workbench"), arguments);
    }
    /// SIGTERM is caught, as bit 15 of the mask of caught signals says.
    static bool listens(qint64 pid) {
        QFile status(QStringLiteral("/proc/%1/status").arg(pid));
        if (!status.open(QIODevice::ReadOnly)) return false;
        for (const QByteArray& line : status.readAll().split('\n'))
            if (line.startsWith("SigCgt:")) return (line.mid(7).trimmed().toULongLong(nullptr, 16) >> 14 & 1) != 0;
        return false;
    }
    QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_workbench.moc"
