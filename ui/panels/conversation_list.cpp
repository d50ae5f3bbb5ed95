// Deleting asks first: there is no way back.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/conversation_list.h"

#include <QLabel>
#include <QListWidget>
#include <QMessageBox>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/models/run_texts.h"

namespace molt::ui {

ConversationList::ConversationList(QWidget* parent)
    : QWidget(parent), title_(new QLabel), list_(new QListWidget), fresh_(new QPushButton), remove_(new QPushButton) {
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list_->setTextElideMode(Qt::ElideRight);
    title_->setBuddy(list_);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(fresh_, 1);
    buttons->addWidget(remove_);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(title_);
    layout->addWidget(list_, 1);
    layout->addLayout(buttons);
    setMinimumWidth(fontMetrics().averageCharWidth() * 24);
    connect(fresh_, &QPushButton::clicked, this, &ConversationList::newRequested);
    connect(remove_, &QPushButton::clicked, this, [this] {
        const auto answer =
            QMessageBox::question(this, tr("Delete conversation"),
                                  tr("Delete this conversation with all its versions? This cannot be undone."),
                                  QMessageBox::Cancel | QMessageBox::Yes, QMessageBox::Cancel);
        if (answer == QMessageBox::Yes) Q_EMIT deleteRequested();
    });
    connect(list_, &QListWidget::currentItemChanged, this, [this](QListWidgetItem* item) {
        if (item == nullptr) return;
        shown_ = item->data(Qt::UserRole).toLongLong();
        updateButtons();
        Q_EMIT openRequested(shown_);
    });
}

void ConversationList::retranslate() {
    title_->setText(tr("C&onversations"));
    list_->setAccessibleName(tr("Conversations"));
    fresh_->setText(tr("&New"));
    fresh_->setShortcut(QKeySequence::New);
    fresh_->setToolTip(tr("Starts a new conversation (Ctrl+N)"));
    remove_->setText(tr("Delete\u2026"));
}

void ConversationList::fill(const QVector<ConversationHead>& heads, qint64 shown) {
    const QSignalBlocker quiet(list_);
    shown_ = shown;
    list_->clear();
    for (const ConversationHead& head : heads) {
        auto* item = new QListWidgetItem(head.title, list_);
        item->setToolTip(QStringLiteral("%1\n%2").arg(head.title, dateText(head.updated)));
        item->setData(Qt::UserRole, QVariant::fromValue(head.id));
        if (head.id == shown) list_->setCurrentItem(item);
    }
    updateButtons();
}

void ConversationList::setBusy(bool busy) {
    busy_ = busy;
    updateButtons();
}

void ConversationList::updateButtons() {
    remove_->setEnabled(shown_ > 0 && !busy_);
    fresh_->setEnabled(!busy_);
    list_->setEnabled(!busy_);
}

}  // namespace molt::ui
