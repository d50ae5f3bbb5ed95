// One thread reads lines, so that "stop" is heard while the other decodes; requests wait in a queue.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/chat_server.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <iostream>
#include <mutex>
#include <thread>

#include "app/molt/chat_session.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/spec/settings_json.h"

namespace molt::app {

namespace {

constexpr std::size_t kLongestLine = std::size_t{64} << 20;

/// Lines from stdin; a stop or the end of input also ends the reply that is going on.
class Inbox {
public:
    Inbox() : reader_([this] { read(); }) {}
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;

    /// The next request; null at the end of input.
    json next() {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [this] { return !queue_.empty() || closed_; });
        if (queue_.empty()) return nullptr;
        json request = std::move(queue_.front());
        queue_.pop_front();
        return request;
    }
    bool stopped(std::int64_t id) const { return closed_.load() || stop_id_.load() >= id; }

private:
    void read() {
        std::string line;
        while (std::getline(std::cin, line)) {
            if (trim(line).empty()) continue;
            json request = line.size() > kLongestLine ? json() : json::parse(line, nullptr, false);
            const bool usable = request.is_object() && request.contains("type") && request.at("type").is_string();
            if (!usable) request = {{"type", "malformed"}};
            const std::string type = request.at("type").get<std::string>();
            if (type == "stop") {
                const json id = request.value("id", json());
                stop_id_ = id.is_number_integer() ? id.get<std::int64_t>() : INT64_MAX;
                continue;
            }
            const std::lock_guard lock(mutex_);
            queue_.push_back(std::move(request));
            ready_.notify_one();
            if (type == "quit") break;
        }
        closed_ = true;
        ready_.notify_one();
    }

    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<json> queue_;
    std::atomic<bool> closed_{false};
    std::atomic<std::int64_t> stop_id_{-1};
    std::thread reader_;
};

class ChatServer {
public:
    explicit ChatServer(const CommonOptions& options) : options_(options) {}

    int run() {
        for (json request = inbox_.next(); request.is_object(); request = inbox_.next()) {
            const std::string type = request.at("type").get<std::string>();
            if (type == "quit") break;
            try {
                handle(type, request);
            } catch (...) {
                const Failure failure = describe_current_exception();
                json answer = {{"type", "error"},
                               {"code", code_name(failure.code)},
                               {"message", failure.message},
                               {"hint", failure.hint}};
                if (request.contains("id")) answer["id"] = request.at("id");
                print_json(answer);
            }
        }
        return 0;
    }

private:
    void handle(const std::string& type, const json& request) {
        if (type == "load") return load(request);
        if (type == "send") return send(request);
        fail(ErrorCode::Usage, join("Unknown request \"", type, "\"."), "Known: load, send, stop, quit.");
    }

    void load(const json& request) {
        const std::string model = get<std::string>(request, "model", "load");
        CommonOptions options = options_;
        if (const json given = request.value("options", json::object()); given.is_object()) {
            options.tokenizer = get_or<std::string>(given, "tokenizer", options.tokenizer, "options");
            options.chat_template = get_or<std::string>(given, "template", options.chat_template, "options");
            options.dtype = get_or<std::string>(given, "dtype", options.dtype, "options");
        }
        session_.reset();
        session_ = std::make_unique<ChatSession>(model, options);
        const ModelConfig& config = session_->loaded().model->config();
        print_json({{"type", "loaded"},
                    {"model", model},
                    {"kind", session_->loaded().kind},
                    {"template", session_->chat_template().name()},
                    {"context", config.max_position},
                    {"vocab_size", config.vocab_size}});
    }

    void send(const json& request) {
        const auto id = get<std::int64_t>(request, "id", "send");
        if (!session_) fail(ErrorCode::Usage, "No model is loaded.", "Send a load request first.");
        SamplingParams sampling;
        if (request.contains("sampling")) settings_from_json(request.at("sampling"), "sampling", sampling);
        if (!request.contains("messages")) fail(ErrorCode::Usage, "The request has no messages.");
        const std::vector<ChatMessage> messages = chat_messages(request.at("messages"), "messages");
        GenerationHooks hooks;
        hooks.on_prompt_progress = [&](std::int64_t done, std::int64_t total) {
            print_json({{"type", "progress"}, {"id", id}, {"done", done}, {"total", total}});
            return !inbox_.stopped(id);
        };
        hooks.on_delta = [&](std::string_view text, const DecodeStep& step) {
            json tokens = json::array();
            for (const TokenId token : step.tokens)
                tokens.push_back({{"id", token}, {"source", "target"}, {"accepted", true}});
            print_json({{"type", "delta"}, {"id", id}, {"text", text}, {"tokens", std::move(tokens)}});
            return !inbox_.stopped(id);
        };
        json done = reply_json(session_->reply(messages, sampling, hooks));
        json answer = {{"type", "done"}, {"id", id}};
        answer.update(done);
        print_json(answer);
    }

    CommonOptions options_;
    Inbox inbox_;
    std::unique_ptr<ChatSession> session_;
};

}  // namespace

int serve_chat(const CommonOptions& options) {
    // On the heap and never destroyed: the reader thread may still wait for input when the process ends.
    static ChatServer* const server = new ChatServer(options);
    return server->run();
}

}  // namespace molt::app
