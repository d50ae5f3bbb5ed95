// The first action is the one that usually helps, so it is the one that stands out.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/notice_card.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/widgets/theme.h"

namespace molt::ui {

NoticeCard::NoticeCard(bool closes, QWidget* parent)
    : QWidget(parent),
      frame_(new QFrame),
      message_(new QLabel),
      hint_(new QLabel),
      buttons_(new QHBoxLayout),
      close_(new QToolButton) {
    for (QLabel* label : {message_, hint_}) {
        label->setWordWrap(true);
        label->setTextFormat(Qt::PlainText);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    }
    QFont bold = message_->font();
    bold.setBold(true);
    message_->setFont(bold);
    close_->setText(QStringLiteral("\u2715"));
    close_->setProperty("flat", true);
    close_->setVisible(closes);
    auto* texts = new QVBoxLayout;
    texts->setSpacing(3);
    texts->addWidget(message_);
    texts->addWidget(hint_);
    auto* layout = new QHBoxLayout(frame_);
    layout->setContentsMargins(14, 10, 10, 10);
    layout->addLayout(texts, 1);
    layout->addLayout(buttons_);
    layout->addWidget(close_, 0, Qt::AlignTop);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(frame_);
    connect(close_, &QToolButton::clicked, this, &NoticeCard::clear);
    retranslate();
    hide();
}

void NoticeCard::retranslate() {
    close_->setToolTip(tr("Close this message"));
    close_->setAccessibleName(tr("Close this message"));
}

void NoticeCard::present(const Notice& notice) {
    const bool same = isVisibleTo(parentWidget()) && notice.message == notice_.message && notice.hint == notice_.hint &&
                      notice.actions.size() == notice_.actions.size();
    notice_ = notice;
    // Buttons under the pointer are not made anew without need.
    if (!same) fill();
    setVisible(true);
}

void NoticeCard::fill() {
    message_->setText(notice_.message);
    hint_->setText(notice_.hint);
    hint_->setVisible(!notice_.hint.isEmpty());
    setAccessibleName(notice_.message);
    setAccessibleDescription(notice_.hint);
    frame_->setProperty("notice", notice_.error ? QStringLiteral("error") : QStringLiteral("info"));
    style()->unpolish(frame_);
    style()->polish(frame_);
    while (QLayoutItem* item = buttons_->takeAt(0)) {
        // It may be the one whose click is being handled.
        item->widget()->setParent(nullptr);
        item->widget()->deleteLater();
        delete item;
    }
    for (qsizetype i = 0; i < notice_.actions.size(); ++i) {
        auto* button = new QPushButton(notice_.actions[i].first);
        if (i == 0) button->setProperty("primary", true);
        connect(button, &QPushButton::clicked, this, [this, i] {
            // The action may show another notice, which would end this one under its feet.
            const auto action = notice_.actions.value(i).second;
            if (action) action();
        });
        buttons_->addWidget(button, 0, Qt::AlignVCenter);
    }
}

void NoticeCard::clear() {
    notice_ = Notice();
    fill();
    hide();
}

}  // namespace molt::ui
