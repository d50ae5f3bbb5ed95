// Lexing with Jinja's white space rules.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/jinja_lexer.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt::jinja {

namespace {

using Kind = Token::Kind;

constexpr std::string_view kSpace = " \t\r\n\v\f";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

[[noreturn]] void refuse(std::string_view what) { fail(ErrorCode::BadFile, join("The chat template has ", what, ".")); }

class Lexer {
public:
    explicit Lexer(std::string_view source) : rest_(source) {
        // Jinja drops one newline at the end of the source.
        if (rest_.ends_with('\n')) rest_.remove_suffix(1);
    }

    std::vector<Token> run() {
        while (!rest_.empty()) {
            const std::size_t tag = next_tag();
            std::string data(rest_.substr(0, tag));
            rest_.remove_prefix(data.size());
            if (trim_newline_ && data.starts_with('\n')) data.erase(0, 1);
            if (strip_front_) data.erase(0, std::min(data.find_first_not_of(kSpace), data.size()));
            if (!rest_.empty()) strip_back(&data);
            if (!data.empty()) out_.push_back({Kind::Data, data});
            if (!rest_.empty()) read_tag();
        }
        out_.push_back({Kind::End, {}});
        return std::move(out_);
    }

private:
    std::size_t next_tag() const {
        for (std::size_t at = rest_.find('{'); at != std::string_view::npos; at = rest_.find('{', at + 1)) {
            if (at + 1 < rest_.size() && std::string_view("{%#").find(rest_[at + 1]) != std::string_view::npos)
                return at;
        }
        return rest_.size();
    }

    /// White space before a tag: all of it before "{%-", blanks of the line before a block or comment.
    void strip_back(std::string* data) const {
        const char sign = rest_.size() > 2 ? rest_[2] : '\0';
        if (sign == '-') {
            data->resize(data->find_last_not_of(kSpace) + 1);
        } else if (rest_[1] != '{' && sign != '+') {
            const std::size_t text = data->find_last_not_of(" \t");
            const bool alone = text == std::string::npos ? at_line_begin_ : (*data)[text] == '\n';
            if (alone) data->resize(text + 1);
        }
    }

    void read_tag() {
        const char type = rest_[1];
        rest_.remove_prefix(2);
        if (rest_.starts_with('-') || rest_.starts_with('+')) rest_.remove_prefix(1);
        if (type == '#') return skip_comment();
        out_.push_back({type == '%' ? Kind::BlockBegin : Kind::PrintBegin, {}});
        const std::string_view closing = type == '%' ? "%}" : "}}";
        depth_ = 0;
        while (true) {
            skip_space();
            if (rest_.empty()) refuse("a tag without end");
            const std::string_view after = rest_.substr(1);
            const bool signed_end = (rest_[0] == '-' || rest_[0] == '+') && after.starts_with(closing);
            if (signed_end || (depth_ == 0 && rest_.starts_with(closing))) {
                strip_front_ = rest_[0] == '-';
                trim_newline_ = type == '%' && rest_[0] != '+';
                at_line_begin_ = trim_newline_ && (signed_end ? after.substr(2) : rest_.substr(2)).starts_with('\n');
                rest_.remove_prefix(signed_end ? 3 : 2);
                out_.push_back({type == '%' ? Kind::BlockEnd : Kind::PrintEnd, {}});
                return;
            }
            read_token();
        }
    }

    void skip_comment() {
        const std::size_t end = rest_.find("#}");
        if (end == std::string_view::npos) refuse("a comment without end");
        strip_front_ = end > 0 && rest_[end - 1] == '-';
        trim_newline_ = true;
        rest_.remove_prefix(end + 2);
        at_line_begin_ = rest_.starts_with('\n');
    }

    void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpace), rest_.size())); }

    void read_token() {
        if (is_letter(rest_[0])) return take(Kind::Name, word_length());
        if (is_digit(rest_[0])) return read_number();
        if (rest_[0] == '"' || rest_[0] == '\'') return read_string();
        constexpr std::array<std::string_view, 6> kPairs = {"==", "!=", "<=", ">=", "//", "**"};
        for (const auto pair : kPairs) {
            if (rest_.starts_with(pair)) return take(Kind::Sign, 2);
        }
        const char c = rest_[0];
        if (std::string_view("+-*/%~|.,:()[]{}<>=").find(c) == std::string_view::npos) {
            refuse(join("the unknown sign '", c, "'"));
        }
        if (c == '(' || c == '[' || c == '{') depth_ += 1;
        if (c == ')' || c == ']' || c == '}') depth_ -= 1;
        take(Kind::Sign, 1);
    }

    std::size_t word_length() const {
        std::size_t length = 1;
        while (length < rest_.size() && (is_letter(rest_[length]) || is_digit(rest_[length]))) ++length;
        return length;
    }

    void read_number() {
        std::size_t length = 1;
        while (length < rest_.size() && is_digit(rest_[length])) ++length;
        Kind kind = Kind::Integer;
        if (length + 1 < rest_.size() && rest_[length] == '.' && is_digit(rest_[length + 1])) {
            kind = Kind::Float;
            ++length;
            while (length < rest_.size() && is_digit(rest_[length])) ++length;
        }
        if (length > 18) refuse("a number that is too long");
        take(kind, length);
    }

    void read_string() {
        const char quote = rest_[0];
        std::string text;
        for (std::size_t at = 1; at < rest_.size(); ++at) {
            if (rest_[at] == quote) {
                rest_.remove_prefix(at + 1);
                out_.push_back({Kind::String, std::move(text)});
                return;
            }
            if (rest_[at] == '\\' && at + 1 < rest_.size()) {
                at += 1;
                const std::size_t escape = std::string_view("ntr\\'\"").find(rest_[at]);
                if (escape == std::string_view::npos) text += '\\';
                text += escape == std::string_view::npos ? rest_[at] : "\n\t\r\\'\""[escape];
            } else {
                text += rest_[at];
            }
        }
        refuse("a string without end");
    }

    void take(Kind kind, std::size_t length) {
        out_.push_back({kind, std::string(rest_.substr(0, length))});
        rest_.remove_prefix(length);
    }

    std::string_view rest_;
    std::vector<Token> out_;
    int depth_ = 0;
    bool trim_newline_ = false, strip_front_ = false;
    bool at_line_begin_ = true;  // nothing but a tag's end and its newline stands before the next data
};

}  // namespace

std::vector<Token> tokenise(std::string_view source) { return Lexer(source).run(); }

}  // namespace molt::jinja
