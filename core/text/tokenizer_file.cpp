// SAX reader: model.vocab and model.merges go to flat lists, the rest becomes a JSON tree.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer_file.h"

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

constexpr std::size_t kMaxDepth = 128;
constexpr std::size_t kMaxKeys = 4096;  // of one object outside of the vocabulary; ordered_json searches linearly

class Reader {
public:
    using number_integer_t = json::number_integer_t;
    using number_unsigned_t = json::number_unsigned_t;
    using number_float_t = json::number_float_t;
    using string_t = json::string_t;
    using binary_t = json::binary_t;

    Reader(TokenizerFile* file, std::string_view origin) : file_(file), origin_(origin) {}

    bool null() { return value(nullptr); }
    bool boolean(bool flag) { return value(flag); }
    bool number_integer(number_integer_t number) { return integer(number); }
    bool number_unsigned(number_unsigned_t number) {
        return integer(number > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(number));
    }
    bool number_float(number_float_t number, const string_t&) { return value(number); }
    bool binary(binary_t&) { return value(nullptr); }

    bool string(string_t& text) {
        if (list_ == List::Merges) return merge_text(std::move(text));
        return value(std::move(text));
    }

    bool start_object(std::size_t) {
        if (list_ != List::None) refuse("an object where a piece, a number or a merge was expected");
        if (at_path("vocab")) {
            list_ = List::Vocabulary;
            return true;
        }
        return open(json::object());
    }
    bool end_object() {
        if (list_ == List::Vocabulary) {
            list_ = List::None;
            return true;
        }
        return close();
    }
    bool start_array(std::size_t) {
        if (list_ == List::Vocabulary) refuse("an array as an id in model.vocab");
        if (list_ == List::Merges) {
            if (in_pair_) refuse("an array inside of a merge");
            in_pair_ = true;
            pair_.clear();
            return true;
        }
        if (at_path("merges")) {
            list_ = List::Merges;
            return true;
        }
        return open(json::array());
    }
    bool end_array() {
        if (list_ != List::Merges) return close();
        if (!in_pair_) {
            list_ = List::None;
            return true;
        }
        in_pair_ = false;
        if (pair_.size() != 2) refuse("a merge that does not have two parts");
        file_->merges.add(pair_[0], pair_[1]);
        return true;
    }
    bool key(string_t& name) {
        key_ = std::move(name);
        if (list_ == List::None && open_.back()->size() >= kMaxKeys) refuse("an object with too many keys");
        return true;
    }
    bool parse_error(std::size_t position, const std::string&, const json::exception&) {
        fail(ErrorCode::BadFile, join(origin_, ": not valid JSON at byte ", position, "."), "Download the file again.");
    }

private:
    enum class List { None, Vocabulary, Merges };

    [[noreturn]] void refuse(std::string_view what) const {
        fail(ErrorCode::BadFile, join(origin_, " has ", what, "."));
    }

    bool integer(std::int64_t number) {
        if (list_ != List::Vocabulary) return value(number);
        file_->vocabulary.add(key_, number);
        return true;
    }

    bool merge_text(std::string text) {
        if (in_pair_) {
            pair_.push_back(std::move(text));
            return true;
        }
        const std::size_t space = text.find(' ');
        if (text.starts_with("#version")) return true;
        if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos) {
            refuse(join("the merge \"", text, "\", which does not have two parts"));
        }
        file_->merges.add(std::string_view(text).substr(0, space), std::string_view(text).substr(space + 1));
        return true;
    }

    bool at_path(std::string_view name) const { return open_.size() == 2 && in_model_ && key_ == name; }

    json* place(json element) {
        if (open_.empty()) {
            file_->root = std::move(element);
            return &file_->root;
        }
        json& parent = *open_.back();
        if (parent.is_object()) return &(parent[key_] = std::move(element));
        parent.push_back(std::move(element));
        return &parent.back();
    }
    bool value(json element) {
        if (list_ != List::None) refuse(list_ == List::Merges ? "a merge that is no text" : "an id that is no number");
        place(std::move(element));
        return true;
    }
    bool open(json element) {
        if (open_.size() >= kMaxDepth) refuse(join("more than ", kMaxDepth, " levels"));
        if (open_.size() == 1) in_model_ = open_.back()->is_object() && key_ == "model";
        open_.push_back(place(std::move(element)));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    TokenizerFile* file_;
    std::string_view origin_;
    std::vector<json*> open_;  // only the innermost grows, so the others stay where they are
    std::string key_;
    std::vector<std::string> pair_;
    List list_ = List::None;
    bool in_model_ = false, in_pair_ = false;
};

}  // namespace

TokenizerFile read_tokenizer_file(std::string_view text, std::string_view origin) {
    TokenizerFile file;
    Reader reader(&file, origin);
    json::sax_parse(text.begin(), text.end(), &reader);
    if (!file.root.is_object()) fail(ErrorCode::BadFile, join(origin, " holds no JSON object."));
    return file;
}

}  // namespace molt
