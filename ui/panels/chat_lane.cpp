// Wires one worker to one view.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/chat_lane.h"

#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/widgets/theme.h"

namespace molt::ui {

ChatLane::ChatLane(QString moltProgram, QString letter, QWidget* parent)
    : QFrame(parent),
      client_(std::move(moltProgram)),
      name_(new QLabel),
      models_(new QComboBox),
      browse_(new QToolButton),
      view_(new LaneView),
      letter_(std::move(letter)) {
    markCard(this);
    models_->setEditable(true);
    models_->setInsertPolicy(QComboBox::NoInsert);
    models_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    models_->setMinimumContentsLength(12);
    browse_->setText(QStringLiteral("\u2026"));
    auto* head = new QHBoxLayout;
    head->addWidget(name_);
    head->addWidget(models_, 1);
    head->addWidget(browse_);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(10, 10, 10, 10);
    layout->addLayout(head);
    layout->addWidget(view_, 1);

    connect(browse_, &QToolButton::clicked, this, [this] {
        const QString folder = QFileDialog::getExistingDirectory(this, tr("Choose a model folder"), model());
        if (!folder.isEmpty()) setModel(folder);
    });
    connect(models_, qOverload<int>(&QComboBox::activated), this,
            [this](int index) { setModel(models_->itemData(index).toString()); });
    connect(&client_, &ChatClient::loading, this, [this] { view_->setPhase(tr("Loading the model\u2026")); });
    connect(&client_, &ChatClient::promptProgress, this, [this](qint64 done, qint64 total) {
        if (text_.isEmpty()) view_->setPhase(tr("Reading the prompt: %1 of %2 tokens").arg(done).arg(total));
    });
    connect(&client_, &ChatClient::delta, this, [this](const QString& text) {
        text_ += text;
        view_->append(text);
    });
    connect(&client_, &ChatClient::finished, this, [this](const ReplyStats& stats) {
        Q_EMIT ended({text_, statsLine(stats), {}});
    });
    connect(&client_, &ChatClient::failed, this, [this](const QString& message, const QString& hint) {
        Q_EMIT ended({text_, {}, QStringLiteral("%1 %2").arg(message, hint).trimmed()});
    });
}

void ChatLane::retranslate(const QString& role) {
    name_->setText(QStringLiteral("<b>%1</b> \u00b7 %2").arg(letter_, role));
    models_->setAccessibleName(tr("Model of lane %1").arg(letter_));
    models_->lineEdit()->setPlaceholderText(tr("Folder of a model"));
    models_->setToolTip(model());
    browse_->setAccessibleName(tr("Browse for the model of lane %1").arg(letter_));
    browse_->setToolTip(tr("Browse"));
    view_->setPlaceholderText(
        tr("Choose a model above. When a run is completed, its teacher and its hybrid are offered here."));
    view_->setAccessibleName(tr("Conversation of lane %1").arg(letter_));
}

void ChatLane::setChoices(const QVector<std::pair<QString, QString>>& choices) {
    if (choices == choices_) return;
    choices_ = choices;
    const QString chosen = models_->currentText();
    models_->clear();
    for (const auto& [label, path] : choices) models_->addItem(label, path);
    models_->setEditText(chosen);
}

void ChatLane::setModel(const QString& path) {
    models_->setEditText(path);
    models_->setToolTip(path);
}

QString ChatLane::model() const { return models_->currentText().trimmed(); }

void ChatLane::reply(const QVector<ChatMessage>& messages, const SamplingParams& sampling) {
    text_.clear();
    if (model().isEmpty()) {
        Q_EMIT ended({{}, {}, tr("Choose a model for this lane.")});
        return;
    }
    view_->setPhase(tr("Waiting for the first token\u2026"));
    client_.load(model());
    client_.send(messages, sampling);
}

QString ChatLane::statsLine(const ReplyStats& stats) const {
    const QLocale locale;
    QStringList parts;
    if (stats.tokensPerSecond > 0)
        parts << tr("%1 tokens/s").arg(locale.toString(stats.tokensPerSecond, 'f', stats.tokensPerSecond < 10 ? 1 : 0));
    parts << tr("%n token(s)", nullptr, static_cast<int>(stats.tokens));
    parts << tr("first token after %1 ms").arg(locale.toString(stats.timeToFirstTokenMs, 'f', 0));
    parts << tr("prompt %n token(s)", nullptr, static_cast<int>(stats.promptTokens));
    if (stats.finishReason == QLatin1String("cancelled")) parts << tr("stopped");
    if (stats.finishReason == QLatin1String("length")) parts << tr("length limit");
    return parts.join(QStringLiteral(" \u00b7 "));
}

}  // namespace molt::ui
