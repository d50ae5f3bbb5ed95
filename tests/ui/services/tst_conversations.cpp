// Conversations in the database: stored, listed, changed, deleted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/services/conversations.h"

#include <QTemporaryDir>
#include <QtTest>

#include "core/base/error.h"
#include "core/base/files.h"

using namespace molt;
using namespace molt::ui;

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void what_was_saved_is_found_again() {
        const Conversations stored(path("a.db"));
        QVERIFY(stored.list().isEmpty());
        const qint64 id = stored.save(0, QString::fromUtf8("\u4f60\u597d"), json{{"turns", 1}});
        QCOMPARE(stored.list().size(), 1);
        QCOMPARE(stored.list()[0].title, QString::fromUtf8("\u4f60\u597d"));
        QCOMPARE(stored.load(id).at("turns").get<int>(), 1);
        QCOMPARE(stored.save(id, "other", json{{"turns", 2}}), id);
        QCOMPARE(stored.list().size(), 1);
        QCOMPARE(stored.load(id).at("turns").get<int>(), 2);
    }
    void a_deleted_one_is_an_error_in_words() {
        const Conversations stored(path("b.db"));
        const qint64 id = stored.save(0, "x", json::object());
        stored.remove(id);
        try {
            stored.load(id);
            QFAIL("it was loaded");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::NotFound);
            QVERIFY(!error.hint().empty());
        }
    }
    void a_file_that_is_no_database_is_an_error() {
        write_file(path("c.db"), std::string(4096, 'x'));
        QVERIFY_EXCEPTION_THROWN(Conversations(path("c.db")).list(), Error);
    }

private:
    std::filesystem::path path(const char* name) const { return folder_.filePath(name).toStdString(); }
    QTemporaryDir folder_;
};

QTEST_MAIN(Tst)
#include "tst_conversations.moc"
