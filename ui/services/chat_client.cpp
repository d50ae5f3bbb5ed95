// Lines in, signals out. A worker that dies is reported once and started anew with the next load or send.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/services/chat_client.h"

#include "core/spec/settings_json.h"

namespace molt::ui {

namespace {

double number(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number() ? found->get<double>() : 0.0;
}

QString text(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? QString::fromStdString(found->get<std::string>()) : QString();
}

}  // namespace

ChatClient::ChatClient(QString moltProgram, QObject* parent) : QObject(parent), molt_(std::move(moltProgram)) {
    connect(&process_, &QProcess::readyReadStandardOutput, this, &ChatClient::readLines);
    connect(&process_, &QProcess::finished, this, &ChatClient::died);
    connect(&process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) died();
    });
    process_.setProcessChannelMode(QProcess::SeparateChannels);
    process_.setStandardErrorFile(QProcess::nullDevice());
}

ChatClient::~ChatClient() {
    quitting_ = true;
    if (process_.state() == QProcess::NotRunning) return;
    process_.closeWriteChannel();
    if (!process_.waitForFinished(2000)) process_.kill();
    process_.waitForFinished(1000);
}

void ChatClient::write(const json& line) {
    process_.write(QByteArray::fromStdString(line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"));
}

void ChatClient::load(const QString& model) {
    const bool running = process_.state() != QProcess::NotRunning;
    if (running && model == model_) return;
    if (!running) {
        partial_.clear();
        process_.start(molt_, {QStringLiteral("chat"), QStringLiteral("--worker")});
    }
    model_ = model;
    Q_EMIT loading();
    write({{"type", "load"}, {"model", model.toStdString()}, {"options", json::object()}});
}

void ChatClient::send(const QVector<ChatMessage>& messages, const SamplingParams& sampling) {
    load(model_);
    json list = json::array();
    for (const ChatMessage& message : messages) list.push_back({{"role", message.role}, {"content", message.content}});
    busy_ = true;
    write(
        {{"type", "send"}, {"id", ++lastId_}, {"messages", std::move(list)}, {"sampling", settings_to_json(sampling)}});
}

void ChatClient::stop() {
    if (busy_) write({{"type", "stop"}, {"id", lastId_}});
}

void ChatClient::readLines() {
    partial_ += process_.readAllStandardOutput();
    for (qsizetype end = partial_.indexOf('\n'); end >= 0; end = partial_.indexOf('\n')) {
        const QByteArray line = partial_.left(end);
        partial_.remove(0, end + 1);
        const json parsed = json::parse(line.constData(), line.constData() + line.size(), nullptr, false);
        if (parsed.is_object()) take(parsed);
    }
}

void ChatClient::take(const json& line) {
    const QString type = text(line, "type");
    // What a stopped or replaced reply still says is not ours any more.
    const bool current = !line.contains("id") || number(line, "id") == static_cast<double>(lastId_);
    if (type == QLatin1String("loaded")) {
        Q_EMIT loaded(text(line, "model"));
    } else if (type == QLatin1String("progress") && current) {
        Q_EMIT promptProgress(static_cast<qint64>(number(line, "done")), static_cast<qint64>(number(line, "total")));
    } else if (type == QLatin1String("delta") && current) {
        const auto tokens = line.find("tokens");
        const bool counted = tokens != line.end() && tokens->is_array();
        Q_EMIT delta(text(line, "text"), counted ? static_cast<int>(tokens->size()) : 1);
    } else if (type == QLatin1String("done") && current) {
        busy_ = false;
        ReplyStats stats;
        stats.promptTokens = static_cast<qint64>(number(line, "prompt_tokens"));
        stats.tokens =
            line.contains("ids") && line.at("ids").is_array() ? static_cast<qint64>(line.at("ids").size()) : 0;
        stats.tokensPerSecond = number(line, "tokens_per_second");
        stats.timeToFirstTokenMs = number(line, "time_to_first_token_ms");
        stats.prefillMs = number(line, "prefill_ms");
        stats.finishReason = text(line, "finish_reason");
        Q_EMIT finished(stats);
    } else if (type == QLatin1String("error")) {
        busy_ = false;
        Q_EMIT failed(text(line, "message"), text(line, "hint"));
    }
}

void ChatClient::died() {
    if (quitting_) return;
    const bool wasBusy = busy_;
    busy_ = false;
    if (process_.error() == QProcess::FailedToStart) {
        Q_EMIT failed(tr("The program molt could not be started."),
                      tr("Put molt beside molt-workbench or on PATH, or set MOLT_BIN."));
    } else if (wasBusy || process_.exitStatus() == QProcess::CrashExit) {
        Q_EMIT failed(tr("The chat worker ended unexpectedly."),
                      tr("Send the message again; the worker is started anew."));
    }
}

}  // namespace molt::ui
