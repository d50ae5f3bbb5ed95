// Over ExperimentStore; a busy database is waited for only briefly, since the window waits too.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/services/conversations.h"

#include <QCoreApplication>

#include "core/base/error.h"
#include "core/store/experiment_store.h"

namespace molt::ui {

namespace {

constexpr std::chrono::milliseconds kPatience{500};

std::unique_ptr<ExperimentStore> opened(const std::filesystem::path& database) {
    auto store = std::make_unique<ExperimentStore>(database);
    store->set_busy_timeout(kPatience);
    return store;
}

}  // namespace

QVector<ConversationHead> Conversations::list() const {
    QVector<ConversationHead> heads;
    for (const auto& known : opened(database_)->conversations())
        heads.push_back({known.id, QString::fromStdString(known.title), known.updated});
    return heads;
}

json Conversations::load(qint64 id) const {
    for (const auto& known : opened(database_)->conversations())
        if (known.id == id) return parse_json(known.document, "conversation");
    fail(ErrorCode::NotFound,
         QCoreApplication::translate("Conversations", "This conversation is not there any more.").toStdString(),
         QCoreApplication::translate("Conversations", "It was deleted in another window.").toStdString());
}

qint64 Conversations::save(qint64 id, const QString& title, const json& document) const {
    return opened(database_)->save_conversation(id, title.toStdString(), document.dump());
}

void Conversations::remove(qint64 id) const { opened(database_)->delete_conversation(id); }

}  // namespace molt::ui
