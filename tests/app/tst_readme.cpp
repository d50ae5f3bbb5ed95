// The documents are true: every `molt` example of README.md and resources/demo/README.md is run as it stands.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/support/fixtures.h"
#include "tests/support/molt_process.h"

using namespace molt;

namespace {

/// The sh blocks of a document that use molt, comments included: sh understands those.
QStringList examples(const QString& document) {
    QFile file(QStringLiteral(MOLT_SOURCE_DIR "/") + document);
    if (!file.open(QIODevice::ReadOnly)) return {};
    static const QRegularExpression block("```sh\n(.*?)```", QRegularExpression::DotMatchesEverythingOption);
    QStringList found;
    for (const auto& match : block.globalMatch(QString::fromUtf8(file.readAll())))
        if (match.captured(1).contains(QRegularExpression("^molt ", QRegularExpression::MultilineOption)))
            found += match.captured(1);
    return found;
}

/// Line by line, stops at the first one that fails; `molt` is the program under test, with a database of its own.
ProcessResult run_example(const QString& folder, const QString& script) {
    return run_shell("set -eu; cd '" + folder + "'; export MOLT_DB='" + folder +
                     "/molt.db'; molt() { \"$MOLT\" \"$@\"; }\n" + script);
}

}  // namespace

class TstReadme : public QObject {
    Q_OBJECT
private:
    QTemporaryDir folder_;

private Q_SLOTS:
    void initTestCase() { QVERIFY(folder_.isValid()); }

    void the_readme_has_the_examples_that_are_tested_here() {
        const QStringList blocks = examples("README.md");
        QCOMPARE(blocks.size(), 2);
        QVERIFY(blocks[0].contains("tiny-demo") && blocks[1].contains("stories260K.bin"));
        QCOMPARE(examples("resources/demo/README.md").size(), 1);
    }

    void the_main_job_works_as_the_readme_says() {
        const ProcessResult result = run_example(folder_.path(), examples("README.md").value(0));
        QVERIFY2(result.status == 0, (result.out + result.err).constData());
        QVERIFY(QFile::exists(folder_.filePath("demo-hybrid/config.json")));
        QVERIFY2(result.out.contains("completed"), result.out.constData());
    }

    void a_foreign_teacher_works_as_the_readme_says() {
        const auto teacher = shared_data_path("teachers/stories260K");
        if (!std::filesystem::exists(teacher)) QSKIP("stories260K is absent; set MOLT_SHARED.");
        for (const char* name : {"stories260K.bin", "tok512.bin"})
            QVERIFY(QFile::copy(text(teacher / name), folder_.filePath(name)));
        const ProcessResult result = run_example(folder_.path(), examples("README.md").value(1));
        QVERIFY2(result.status == 0, (result.out + result.err).constData());
        QVERIFY2(result.out.contains("Once upon a time"), result.out.constData());
    }

    /// Only planned: the teacher takes minutes.
    void the_demo_teacher_can_be_made_as_its_readme_says() {
        const QString train = examples("resources/demo/README.md").value(0).section('\n', 0, 0).section('#', 0, 0);
        QVERIFY2(train.startsWith("molt train resources/demo/pretrain.json"), train.toUtf8().constData());
        QVERIFY(QFile::link(MOLT_SOURCE_DIR "/resources", folder_.filePath("resources")));
        const ProcessResult result = run_example(folder_.path(), train.trimmed() + " --dry-run");
        QVERIFY2(result.status == 0, (result.out + result.err).constData());
    }
};

QTEST_GUILESS_MAIN(TstReadme)
#include "tst_readme.moc"
