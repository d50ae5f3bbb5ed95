// The form over a recipe: what it shows, what an edit does, what it refuses; and the message box under an input method.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/config_form.h"

#include <QComboBox>
#include <QInputMethodEvent>
#include <QLineEdit>
#include <QSignalSpy>
#include <QtTest>

#include "core/spec/recipe.h"
#include "tests/support/sample_runs.h"
#include "ui/widgets/composer.h"

using namespace molt;
using namespace molt::ui;

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void showing_a_recipe_does_not_change_it() {
        const RunConfig recipe = molt::testing::sample_recipe("r");
        ConfigForm form;
        form.setAdvanced(true);
        form.setConfig(recipe, recipe);
        QCOMPARE(recipe_to_json(form.config()), recipe_to_json(recipe));
        QVERIFY(form.changedKeys().isEmpty());
        QVERIFY(form.problems().isEmpty());
    }

    void an_edit_reaches_the_recipe() {
        const RunConfig recipe = molt::testing::sample_recipe("r");
        ConfigForm form;
        form.setConfig(recipe, recipe);
        QSignalSpy edited(&form, &ConfigForm::edited);
        qobject_cast<QLineEdit*>(form.editor("stages.0.learning_rate"))->setText("2e-4");
        qobject_cast<QLineEdit*>(form.editor("student.attention"))->setText("1,3");
        qobject_cast<QComboBox*>(form.editor("student.mixer"))->setCurrentIndex(0);
        QCOMPARE(edited.count(), 3);
        QCOMPARE(form.config().stages[0].learning_rate, 2e-4);
        QCOMPARE(form.config().student.attention.layers, (std::vector<std::int64_t>{1, 3}));
        QCOMPARE(form.config().student.mixer, std::string("mamba1"));
        QCOMPARE(form.changedKeys().size(), 3);
    }

    void a_value_that_cannot_be_is_refused_in_words() {
        const RunConfig recipe = molt::testing::sample_recipe("r");
        ConfigForm form;
        form.setConfig(recipe, recipe);
        for (const char* bad : {"", "many", "-1", "1e99"}) {
            qobject_cast<QLineEdit*>(form.editor("stages.0.batch_size"))->setText(bad);
            QCOMPARE(form.problems().size(), 1);
            QCOMPARE(form.config().stages[0].batch_size, recipe.stages[0].batch_size);
        }
        qobject_cast<QLineEdit*>(form.editor("stages.0.batch_size"))->setText("4");
        QVERIFY(form.problems().isEmpty());
    }

    void the_short_form_hides_what_is_advanced() {
        const RunConfig recipe = molt::testing::sample_recipe("r");
        ConfigForm form;
        form.setConfig(recipe, recipe);
        QVERIFY(form.editor("stages.0.beta1") == nullptr);
        form.setAdvanced(true);
        QVERIFY(form.editor("stages.0.beta1") != nullptr);
    }

    void enter_sends_unless_an_input_method_is_composing() {
        Composer composer;
        composer.show();
        composer.setFocus();
        QSignalSpy sent(&composer, &Composer::sendRequested);
        QInputMethodEvent composing(QStringLiteral("ni hao"), {});
        QCoreApplication::sendEvent(&composer, &composing);
        QTest::keyClick(&composer, Qt::Key_Return);
        QCOMPARE(sent.count(), 0);
        QInputMethodEvent committed;
        committed.setCommitString(QString::fromUtf8("\xe4\xbd\xa0\xe5\xa5\xbd"));
        QCoreApplication::sendEvent(&composer, &committed);
        QTest::keyClick(&composer, Qt::Key_Return);
        QCOMPARE(sent.count(), 1);
        QTest::keyClick(&composer, Qt::Key_Return, Qt::ShiftModifier);
        QCOMPARE(sent.count(), 1);
        QCOMPARE(composer.toPlainText(), QString::fromUtf8("\xe4\xbd\xa0\xe5\xa5\xbd\n"));
    }
};

QTEST_MAIN(Tst)
#include "tst_config_form.moc"
