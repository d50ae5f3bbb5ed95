// Events <-> JSON. Numbers that are not finite are null in JSON and come back as NaN.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spec/run_event.h"

#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <type_traits>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

template <class T>
json number_or_null(T value) {
    if constexpr (std::is_floating_point_v<T>)
        if (!std::isfinite(value)) return nullptr;
    return value;
}

json to_json(const StepMetrics& body) {
    json values = json::object();
    for (const auto& [key, value] : body.values) values[key] = number_or_null(value);
    return {{"step", body.step}, {"values", values}};
}
json to_json(const Progress& body) {
    return {{"stage_index", body.stage_index},
            {"num_stages", body.num_stages},
            {"stage", body.stage},
            {"phase", body.phase},
            {"step", body.step},
            {"steps", body.steps},
            {"tokens", body.tokens},
            {"tokens_per_second", number_or_null(body.tokens_per_second)},
            {"eta_seconds", number_or_null(body.eta_seconds)}};
}
json to_json(const SampleText& body) { return {{"step", body.step}, {"prompt", body.prompt}, {"text", body.text}}; }
json to_json(const CheckpointSaved& body) { return {{"step", body.step}, {"path", body.path}, {"bytes", body.bytes}}; }
json to_json(const LogLine& body) { return {{"level", body.level}, {"topic", body.topic}, {"text", body.text}}; }
json to_json(const StateChanged& body) { return {{"state", body.state}, {"attempt", body.attempt}}; }
json to_json(const RunFinished& body) { return {{"step", body.step}, {"model_path", body.model_path}}; }
json to_json(const RunFailed& body) { return {{"code", body.code}, {"message", body.message}, {"hint", body.hint}}; }

/// Reads keys of one event body; every message names the kind.
class BodyReader {
public:
    BodyReader(const json& body, const std::string& kind) : body_(body), origin_(join("event \"", kind, "\"")) {}

    std::string text(std::string_view key) const { return get<std::string>(body_, key, origin_); }
    std::int64_t integer(std::string_view key) const { return get<std::int64_t>(body_, key, origin_); }
    double number(std::string_view key) const {
        if (!body_.is_object() || !body_.contains(std::string(key))) return get<double>(body_, key, origin_);
        return as_number(body_[std::string(key)], key);
    }
    std::vector<std::pair<std::string, double>> numbers(std::string_view key) const {
        const std::string name(key);
        if (!body_.is_object() || !body_.contains(name) || !body_[name].is_object())
            fail(ErrorCode::BadFile, join(origin_, ": \"", key, "\" should be an object."));
        std::vector<std::pair<std::string, double>> values;
        for (const auto& [item, value] : body_[name].items()) values.emplace_back(item, as_number(value, item));
        return values;
    }

private:
    double as_number(const json& value, std::string_view key) const {
        if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
        if (!value.is_number()) fail(ErrorCode::BadFile, join(origin_, ": \"", key, "\" should be a number."));
        return value.get<double>();
    }

    const json& body_;
    std::string origin_;
};

constexpr std::array<std::string_view, 8> kKinds{"metrics", "progress", "sample", "checkpoint",
                                                 "log", "state", "finished", "failed"};
static_assert(kKinds.size() == std::variant_size_v<decltype(RunEvent::body)>);

}  // namespace

std::string event_kind(const RunEvent& event) { return std::string(kKinds[event.body.index()]); }

json body_to_json(const RunEvent& event) {
    return std::visit([](const auto& body) { return to_json(body); }, event.body);
}

RunEvent event_from_json(std::int64_t seq, double time, const std::string& kind, const json& body) {
    const BodyReader in(body, kind);
    RunEvent event{.seq = seq, .time = time, .body = {}};
    if (kind == "metrics") {
        event.body = StepMetrics{.step = in.integer("step"), .values = in.numbers("values")};
    } else if (kind == "progress") {
        event.body = Progress{.stage_index = in.integer("stage_index"),
                              .num_stages = in.integer("num_stages"),
                              .stage = in.text("stage"),
                              .phase = in.text("phase"),
                              .step = in.integer("step"),
                              .steps = in.integer("steps"),
                              .tokens = in.integer("tokens"),
                              .tokens_per_second = in.number("tokens_per_second"),
                              .eta_seconds = in.number("eta_seconds")};
    } else if (kind == "sample") {
        event.body = SampleText{.step = in.integer("step"), .prompt = in.text("prompt"), .text = in.text("text")};
    } else if (kind == "checkpoint") {
        event.body = CheckpointSaved{.step = in.integer("step"), .path = in.text("path"), .bytes = in.integer("bytes")};
    } else if (kind == "log") {
        event.body = LogLine{.level = in.text("level"), .topic = in.text("topic"), .text = in.text("text")};
    } else if (kind == "state") {
        event.body = StateChanged{.state = in.text("state"), .attempt = in.integer("attempt")};
    } else if (kind == "finished") {
        event.body = RunFinished{.step = in.integer("step"), .model_path = in.text("model_path")};
    } else if (kind == "failed") {
        event.body = RunFailed{.code = in.text("code"), .message = in.text("message"), .hint = in.text("hint")};
    } else {
        fail(ErrorCode::BadFile, join("Unknown kind of event \"", kind, "\"."),
             "The run was written by a newer Molt; update this one.");
    }
    return event;
}

std::string series_unit(const std::string& key) {
    const std::string name = key.substr(key.rfind('/') + 1);
    if (name.starts_with("loss") || name == "kl" || name == "entropy") return "nats";
    if (name.ends_with("_per_second")) return "tokens/s";
    if (name.ends_with("_bytes")) return "B";
    if (name.ends_with("_ms")) return "ms";
    if (name.ends_with("_seconds")) return "s";
    return {};
}

}  // namespace molt
