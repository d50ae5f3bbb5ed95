// Wires one worker to one view; the strip under it says what the worker is doing.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/chat_lane.h"

#include <QComboBox>
#include <QDir>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QVBoxLayout>

#include "ui/widgets/browse_button.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

/// "runs/5/final" for a long path: enough to tell models apart.
QString shortPath(const QString& path) {
    const QStringList parts = QDir::fromNativeSeparators(path).split(QLatin1Char('/'), Qt::SkipEmptyParts);
    return parts.size() <= 3 ? path : QStringLiteral("\u2026/") + parts.mid(parts.size() - 3).join(QLatin1Char('/'));
}

}  // namespace

ChatLane::ChatLane(QString moltProgram, QString letter, QWidget* parent)
    : QFrame(parent),
      client_(std::move(moltProgram)),
      name_(new QLabel),
      status_(new QLabel),
      models_(new QComboBox),
      browse_(new BrowseButton([this] { return model(); })),
      bar_(new QProgressBar),
      view_(new LaneView),
      letter_(std::move(letter)) {
    markCard(this);
    models_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    models_->setMinimumContentsLength(12);
    bar_->setFixedHeight(3);
    bar_->setTextVisible(false);
    bar_->hide();
    markSecondary(status_);
    auto* head = new QHBoxLayout;
    head->addWidget(name_);
    head->addWidget(models_, 1);
    head->addWidget(browse_);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(10, 10, 10, 8);
    layout->setSpacing(6);
    layout->addLayout(head);
    layout->addWidget(view_, 1);
    layout->addWidget(bar_);
    layout->addWidget(status_);
    connect(browse_, &BrowseButton::chosen, this, &ChatLane::setModel);
    connect(models_, qOverload<int>(&QComboBox::currentIndexChanged), this, [this] {
        models_->setToolTip(model());
        status_->clear();
        Q_EMIT modelChanged();
    });
    connectClient();
}

void ChatLane::connectClient() {
    connect(&client_, &ChatClient::loading, this, [this] { showPhase(tr("Loading the model\u2026"), 0, 0); });
    connect(&client_, &ChatClient::loaded, this, [this] { showPhase(tr("Waiting for the first token\u2026"), 0, 0); });
    connect(&client_, &ChatClient::promptProgress, this, [this](qint64 done, qint64 total) {
        if (text_.isEmpty()) showPhase(tr("Reading the prompt: %1 of %2 tokens").arg(done).arg(total), done, total);
    });
    connect(&client_, &ChatClient::delta, this, [this](const QString& text, int tokens) {
        if (tokens_ == 0) sinceFirst_.start();
        tokens_ += tokens;
        text_ += text;
        view_->append(text);
        showWriting();
    });
    connect(&client_, &ChatClient::finished, this, [this](const ReplyStats& stats) {
        end({text_, statsLine(stats), {}});
    });
    connect(&client_, &ChatClient::failed, this, [this](const QString& message, const QString& hint) {
        end({text_, {}, QStringLiteral("%1 %2").arg(message, hint).trimmed()});
    });
}

void ChatLane::retranslate(const QString& role) {
    name_->setText(QStringLiteral("<b>%1</b> \u00b7 %2").arg(letter_, role));
    models_->setAccessibleName(tr("Model of lane %1").arg(letter_));
    models_->setPlaceholderText(tr("Choose a model"));
    browse_->retranslate(tr("Browse for the model of lane %1").arg(letter_));
    bar_->setAccessibleName(tr("Progress of lane %1").arg(letter_));
    view_->setAccessibleName(tr("Conversation of lane %1").arg(letter_));
}

void ChatLane::setChoices(const QVector<std::pair<QString, QString>>& choices) {
    if (choices == choices_) return;
    choices_ = choices;
    const QString chosen = model();
    const QSignalBlocker quiet(models_);
    models_->clear();
    for (const auto& [label, path] : choices) models_->addItem(label, path);
    models_->setCurrentIndex(-1);
    if (!chosen.isEmpty()) setModel(chosen);
}

void ChatLane::setModel(const QString& path) {
    if (models_->findData(path) < 0 && !path.isEmpty()) models_->addItem(shortPath(path), path);
    models_->setCurrentIndex(models_->findData(path));
    models_->setToolTip(path);
}

QString ChatLane::model() const { return models_->currentData().toString(); }

void ChatLane::showPhase(const QString& text, qint64 done, qint64 total) {
    if (!text_.isEmpty()) return;
    view_->setPhase(text);
    status_->setText(text);
    // A bar from 0 to 0 moves without an end.
    bar_->setRange(0, static_cast<int>(total));
    bar_->setValue(static_cast<int>(done));
    bar_->show();
}

void ChatLane::showWriting() {
    const double seconds = static_cast<double>(sinceFirst_.elapsed()) / 1000;
    QString text = tr("Writing: %n token(s)", nullptr, tokens_);
    if (tokens_ > 1 && seconds > 0.2)
        text += QStringLiteral(" \u00b7 ") + tr("%1 tokens/s").arg(QLocale().toString((tokens_ - 1) / seconds, 'f', 0));
    status_->setText(text);
    bar_->setRange(0, 0);
    bar_->show();
}

void ChatLane::reply(const QVector<ChatMessage>& messages, const SamplingParams& sampling) {
    text_.clear();
    tokens_ = 0;
    if (model().isEmpty()) return end({{}, {}, tr("Choose a model for this lane.")});
    showPhase(tr("Waiting for the first token\u2026"), 0, 0);
    client_.load(model());
    client_.send(messages, sampling);
}

void ChatLane::end(const LaneReply& reply) {
    bar_->hide();
    status_->clear();
    Q_EMIT ended(reply);
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
