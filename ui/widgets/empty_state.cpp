// The text has a fixed width, so its height is set with it: a centred label would be given too little.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/empty_state.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

constexpr int kTextChars = 64;

}  // namespace

EmptyState::EmptyState(QWidget* parent)
    : QWidget(parent), title_(new QLabel), text_(new QLabel), action_(new QPushButton) {
    markHeading(title_);
    markSecondary(text_);
    title_->setAlignment(Qt::AlignCenter);
    text_->setWordWrap(true);
    text_->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    text_->setFixedWidth(text_->fontMetrics().averageCharWidth() * kTextChars);
    action_->setProperty("primary", true);
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(10);
    layout->addStretch(2);
    layout->addWidget(title_, 0, Qt::AlignHCenter);
    layout->addWidget(text_, 0, Qt::AlignHCenter);
    layout->addSpacing(6);
    layout->addWidget(action_, 0, Qt::AlignHCenter);
    layout->addStretch(3);
    connect(action_, &QPushButton::clicked, this, &EmptyState::actionRequested);
}

void EmptyState::setTexts(const QString& title, const QString& text, const QString& action) {
    title_->setText(title);
    text_->setText(text);
    text_->setFixedHeight(text_->heightForWidth(text_->width()));
    action_->setText(action);
    action_->setVisible(!action.isEmpty());
}

}  // namespace molt::ui
