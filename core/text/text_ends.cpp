// Post-processors and the begin and end tokens.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/text_ends.h"

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

constexpr int kMaxDepth = 16;

std::vector<TokenId> ids_of_special(const json& value, const std::string& name, std::string_view origin) {
    const auto specials = value.find("special_tokens");
    if (specials == value.end() || !specials->is_object() || !specials->contains(name)) {
        fail(ErrorCode::BadFile, join(origin, ": the post_processor uses \"", name, "\" without saying its ids."));
    }
    const json& special = (*specials)[name];
    std::vector<TokenId> ids;
    if (!special.is_object() || !special.contains("ids") || !special["ids"].is_array()) {
        fail(ErrorCode::BadFile, join(origin, ": the special token \"", name, "\" has no list of ids."));
    }
    for (const json& id : special["ids"]) {
        if (!id.is_number_integer()) fail(ErrorCode::BadFile, join(origin, ": an id of \"", name, "\" is no number."));
        ids.push_back(id.get<TokenId>());
    }
    return ids;
}

void add_template(const json& value, std::string_view origin, TextFrame* frame) {
    const auto single = value.find("single");
    if (single == value.end() || !single->is_array()) {
        fail(ErrorCode::BadFile, join(origin, ": a TemplateProcessing has no list \"single\"."));
    }
    bool text_seen = false;
    std::vector<TokenId> before, after;
    for (const json& part : *single) {
        if (part.is_object() && part.contains("Sequence")) {
            if (text_seen) fail(ErrorCode::BadFile, join(origin, ": a TemplateProcessing repeats its text."));
            text_seen = true;
        } else if (part.is_object() && part.contains("SpecialToken")) {
            const auto name = get<std::string>(part["SpecialToken"], "id", origin);
            auto& side = text_seen ? after : before;
            for (const TokenId id : ids_of_special(value, name, origin)) side.push_back(id);
        } else {
            fail(ErrorCode::BadFile, join(origin, ": a TemplateProcessing has a part that is not supported."));
        }
    }
    if (!text_seen) fail(ErrorCode::BadFile, join(origin, ": a TemplateProcessing leaves the text out."));
    frame->before.insert(frame->before.begin(), before.begin(), before.end());
    frame->after.insert(frame->after.end(), after.begin(), after.end());
}

void add_pair(const json& value, const char* key, std::string_view origin, std::vector<TokenId>* side) {
    const auto pair = value.find(key);
    const bool good = pair != value.end() && pair->is_array() && pair->size() == 2 && (*pair)[1].is_number_integer();
    if (!good)
        fail(ErrorCode::BadFile, join(origin, ": the post_processor's \"", key, "\" should be a text and an id."));
    side->push_back((*pair)[1].get<TokenId>());
}

void add_processor(const json& value, std::string_view origin, TextFrame* frame, int depth) {
    const auto type = get<std::string>(value, "type", origin);
    if (type == "ByteLevel") return;  // changes offsets only
    if (type == "TemplateProcessing") return add_template(value, origin, frame);
    if (type == "RobertaProcessing" || type == "BertProcessing") {
        add_pair(value, "cls", origin, &frame->before);
        add_pair(value, "sep", origin, &frame->after);
        return;
    }
    const auto list = value.find("processors");
    if (type == "Sequence" && list != value.end() && list->is_array() && depth < kMaxDepth) {
        for (const auto& each : *list) add_processor(each, origin, frame, depth + 1);
        return;
    }
    fail(ErrorCode::BadFile, join(origin, ": the post_processor \"", type, "\" is not supported."),
         "Supported: ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing, Sequence.");
}

/// "bos_token": a text, or an object with "content".
std::optional<TokenId> named_in(const json& config, const char* key, const FindPiece& find) {
    const auto value = config.find(key);
    if (value == config.end()) return std::nullopt;
    if (value->is_string()) return find(value->get<std::string>());
    if (value->is_object() && value->contains("content") && (*value)["content"].is_string()) {
        return find((*value)["content"].get<std::string>());
    }
    return std::nullopt;
}

std::optional<TokenId> first_known(std::initializer_list<std::string_view> names, const FindPiece& find) {
    for (const auto name : names) {
        if (const auto id = find(name)) return id;
    }
    return std::nullopt;
}

}  // namespace

TextFrame parse_post_processor(const json& value, std::string_view origin) {
    TextFrame frame;
    if (!value.is_null()) add_processor(value, origin, &frame, 0);
    return frame;
}

TextEnds find_text_ends(const std::vector<std::pair<std::string, std::string>>& companions, const TextFrame& frame,
                        const FindPiece& find) {
    TextEnds ends;
    bool configured = false;
    for (const auto& [name, bytes] : companions) {
        if (!name.ends_with(".json")) continue;
        const json config = parse_json(bytes, name);
        if (!config.is_object()) continue;
        configured = configured || config.contains("eos_token");
        if (!ends.begin) ends.begin = named_in(config, "bos_token", find);
        if (!ends.end) ends.end = named_in(config, "eos_token", find);
    }
    if (configured) return ends;
    if (!ends.begin && !frame.before.empty()) ends.begin = frame.before.front();
    if (!ends.begin) ends.begin = first_known({"<s>", "<|begin_of_text|>", "<|endoftext|>"}, find);
    if (!ends.end && !frame.after.empty()) ends.end = frame.after.back();
    if (!ends.end) ends.end = first_known({"</s>", "<|end_of_text|>", "<|endoftext|>"}, find);
    return ends;
}

}  // namespace molt
