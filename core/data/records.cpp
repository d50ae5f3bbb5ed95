// Text, JSONL and JSON arrays to records.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/records.h"

#include <string_view>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/data/demo_language.h"

namespace molt {

namespace {

constexpr std::string_view kDocumentMark = "<|endoftext|>";

/// What is said about a file while it is read: its name, and whether bytes had to be replaced.
struct Origin {
    std::string path;
    bool replaced = false;

    std::string at(std::string_view unit, std::int64_t number) const { return join(path, ": ", unit, " ", number); }
    std::string valid(std::string_view bytes) {
        bool changed = false;
        std::string text = to_valid_utf8(bytes, &changed);
        replaced = replaced || changed;
        return text;
    }
};

std::string content_text(const json& content, std::string_view where) {
    if (content.is_string()) return content.get<std::string>();
    if (!content.is_array()) {
        fail(ErrorCode::BadFile,
             join(where, ": a message's content should be a text, found ", content.type_name(), "."));
    }
    std::string text;
    for (const json& part : content) {
        if (get<std::string>(part, "type", where) != "text") {
            fail(ErrorCode::BadFile, join(where, ": only parts of type \"text\" can be read."));
        }
        text += part.contains("text") ? get<std::string>(part, "text", where) : get<std::string>(part, "value", where);
    }
    return text;
}

std::string sharegpt_role(const std::string& from, std::string_view where) {
    if (from == "human" || from == "user") return "user";
    if (from == "gpt" || from == "assistant" || from == "chatgpt" || from == "model") return "assistant";
    if (from == "system") return "system";
    fail(ErrorCode::BadFile, join(where, ": unknown speaker \"", from, "\"."), "Known are human, gpt and system.");
}

std::vector<ChatMessage> messages_of(const json& list, std::string_view key, std::string_view where) {
    if (!list.is_array()) {
        fail(ErrorCode::BadFile, join(where, ": \"", key, "\" should be a list, found ", list.type_name(), "."));
    }
    std::vector<ChatMessage> messages;
    for (const json& item : list) {
        if (!item.is_object()) fail(ErrorCode::BadFile, join(where, ": a message should be an object."));
        if (key == "conversations") {
            messages.push_back(
                {sharegpt_role(get<std::string>(item, "from", where), where), get<std::string>(item, "value", where)});
            continue;
        }
        if (!item.contains("content")) fail(ErrorCode::BadFile, join(where, ": a message has no \"content\"."));
        messages.push_back({get<std::string>(item, "role", where), content_text(item["content"], where)});
    }
    return messages;
}

std::vector<ChatMessage> alpaca_messages(const json& object, std::string_view where) {
    std::string question = get<std::string>(object, "instruction", where);
    const std::string input = get_or<std::string>(object, "input", "", where);
    if (!input.empty()) question += "\n\n" + input;
    const std::string answer = get<std::string>(object, object.contains("output") ? "output" : "response", where);
    return {{"user", std::move(question)}, {"assistant", answer}};
}

Record record_of(const json& object, std::string_view where) {
    Record record;
    if (!object.is_object()) {
        fail(ErrorCode::BadFile, join(where, ": expected an object, found ", object.type_name(), "."));
    }
    if (object.contains("text")) {
        record.text = get<std::string>(object, "text", where);
    } else if (object.contains("messages")) {
        record.messages = messages_of(object["messages"], "messages", where);
    } else if (object.contains("conversations")) {
        record.messages = messages_of(object["conversations"], "conversations", where);
    } else if (object.contains("instruction")) {
        record.messages = alpaca_messages(object, where);
    } else {
        fail(ErrorCode::BadFile, join(where, ": no key that holds a document."),
             "A record needs \"text\", \"messages\", \"conversations\" or \"instruction\".");
    }
    return record;
}

bool is_full(const std::vector<Record>& records, const DataSource& source) {
    return source.limit > 0 && static_cast<std::int64_t>(records.size()) >= source.limit;
}

void keep(std::vector<Record>& records, Record record, std::int64_t line) {
    record.line = line;
    if (!record.text.empty() || !record.messages.empty()) records.push_back(std::move(record));
}

std::vector<Record> read_text(std::string_view bytes, const DataSource& source, Origin& origin) {
    std::vector<Record> records;
    std::int64_t number = 0;
    while (!bytes.empty() && !is_full(records, source)) {
        const std::size_t mark = bytes.find(kDocumentMark);
        const bool whole_file = mark == std::string_view::npos && number == 0;
        const std::string_view block = bytes.substr(0, mark);
        keep(records, {.text = origin.valid(whole_file ? block : trim(block)), .messages = {}}, ++number);
        bytes = mark == std::string_view::npos ? std::string_view{} : bytes.substr(mark + kDocumentMark.size());
    }
    return records;
}

std::vector<Record> read_lines(std::string_view bytes, const DataSource& source, Origin& origin) {
    std::vector<Record> records;
    std::int64_t line = 0;
    while (!bytes.empty() && !is_full(records, source)) {
        ++line;
        const std::size_t end = bytes.find('\n');
        const std::string_view text = trim(bytes.substr(0, end));
        bytes = end == std::string_view::npos ? std::string_view{} : bytes.substr(end + 1);
        if (text.empty()) continue;
        const std::string where = origin.at("line", line);
        keep(records, record_of(parse_json(origin.valid(text), where), where), line);
    }
    return records;
}

std::vector<Record> read_array(std::string_view bytes, const DataSource& source, Origin& origin) {
    const json array = parse_json(origin.valid(bytes), origin.path);
    if (!array.is_array()) fail(ErrorCode::BadFile, join(origin.path, ": expected a list of records."));
    std::vector<Record> records;
    std::int64_t number = 0;
    for (const json& object : array) {
        if (is_full(records, source)) break;
        ++number;
        keep(records, record_of(object, origin.at("record", number)), number);
    }
    return records;
}

std::vector<Record> read_demo(const DataSource& source) {
    std::vector<Record> records;
    std::int64_t number = 0;
    for (std::vector<ChatMessage>& messages : demo_dialogues_from_path(source.path)) {
        if (is_full(records, source)) break;
        keep(records, {.text = {}, .messages = std::move(messages)}, ++number);
    }
    return records;
}

bool looks_like_json(std::string_view bytes, const std::filesystem::path& path) {
    if (path.extension() == ".jsonl" || path.extension() == ".json") return true;
    if (path.extension() == ".txt") return false;
    const std::string_view start = trim(bytes.substr(0, 64));
    return start.starts_with('{');
}

}  // namespace

std::vector<Record> read_records(const DataSource& source) {
    if (is_demo_path(source.path)) return read_demo(source);
    const auto file = MappedFile::open(source.path);
    std::string_view bytes(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (bytes.starts_with(byte_order_mark)) bytes.remove_prefix(byte_order_mark.size());
    Origin origin{source.path};
    std::vector<Record> records;
    if (source.format == "text" || (source.format == "auto" && !looks_like_json(bytes, source.path))) {
        records = read_text(bytes, source, origin);
    } else if (trim(bytes.substr(0, 64)).starts_with('[')) {
        records = read_array(bytes, source, origin);
    } else {
        records = read_lines(bytes, source, origin);
    }
    if (origin.replaced) {
        log::warn("data", join(source.path, " holds bytes that are not UTF-8; they were read as U+FFFD."));
    }
    return records;
}

}  // namespace molt
