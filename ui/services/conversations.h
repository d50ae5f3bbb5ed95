// Conversations: the stored conversations of the Chat page, by number.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QVector>
#include <filesystem>

#include "core/base/json.h"

namespace molt::ui {

struct ConversationHead {
    qint64 id = 0;
    QString title;
    double updated = 0;  ///< seconds since the epoch
};

/// The database is opened for each call, so that nothing is held while nobody writes. Everything throws Error.
class Conversations {
public:
    explicit Conversations(std::filesystem::path database) : database_(std::move(database)) {}
    /// Newest first.
    QVector<ConversationHead> list() const;
    /// Throws Error(NotFound) if it was deleted meanwhile.
    json load(qint64 id) const;
    /// Id 0 makes a new one; the id is returned.
    qint64 save(qint64 id, const QString& title, const json& document) const;
    void remove(qint64 id) const;

private:
    std::filesystem::path database_;
};

}  // namespace molt::ui
