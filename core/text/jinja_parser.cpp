// Recursive descent; precedence as in Jinja: conditional, or, and, not, comparison, +-, ~, */, unary, postfix.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/jinja_parser.h"

#include <algorithm>
#include <initializer_list>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt::jinja {

namespace {

using Kind = Node::Kind;
using NodePtr = std::unique_ptr<Node>;

constexpr int kMaxDepth = 100;

[[noreturn]] void refuse(std::string_view what) {
    fail(ErrorCode::BadFile, join("The chat template has ", what, ", which is not supported."));
}

NodePtr make(Kind kind, std::string text = {}) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->text = std::move(text);
    return node;
}

template <class... Children>
NodePtr make_with(Kind kind, std::string text, Children... children) {
    NodePtr node = make(kind, std::move(text));
    (node->children.push_back(std::move(children)), ...);
    return node;
}

class Parser {
public:
    explicit Parser(const std::vector<Token>& tokens) : tokens_(tokens) {}

    NodePtr run() {
        NodePtr body = parse_body({});
        if (now().kind != Token::Kind::End) refuse(join("a misplaced \"", peek_name(), "\""));
        return body;
    }

private:
    class Deeper {
    public:
        explicit Deeper(int* depth) : depth_(depth) {
            if (++*depth_ > kMaxDepth) refuse("nesting that is too deep");
        }
        ~Deeper() { --*depth_; }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;

    private:
        int* depth_;
    };

    const Token& now() const { return tokens_[at_]; }
    /// The name behind "{%", empty elsewhere.
    std::string_view peek_name() const {
        const bool is_block = now().kind == Token::Kind::BlockBegin && tokens_[at_ + 1].kind == Token::Kind::Name;
        return is_block ? std::string_view(tokens_[at_ + 1].text) : std::string_view();
    }
    bool take_sign(std::string_view sign) {
        if (!now().is_sign(sign)) return false;
        at_ += 1;
        return true;
    }
    bool take_name(std::string_view name) {
        if (!now().is_name(name)) return false;
        at_ += 1;
        return true;
    }
    void expect_sign(std::string_view sign) {
        if (!take_sign(sign)) refuse(join("\"", now().text, "\" where \"", sign, "\" was expected"));
    }
    void expect(Token::Kind kind) {
        if (now().kind != kind) refuse(join("\"", now().text, "\" at an unexpected place"));
        at_ += 1;
    }
    std::string expect_name() {
        if (now().kind != Token::Kind::Name) refuse(join("\"", now().text, "\" where a name was expected"));
        return tokens_[at_++].text;
    }

    NodePtr parse_body(std::initializer_list<std::string_view> ends) {
        const Deeper deeper(&depth_);
        NodePtr body = make(Kind::Body);
        while (now().kind != Token::Kind::End) {
            const std::string_view name = peek_name();
            if (!name.empty() && std::find(ends.begin(), ends.end(), name) != ends.end()) return body;
            if (NodePtr statement = parse_statement()) body->children.push_back(std::move(statement));
        }
        if (ends.size() > 0) refuse("a block without end");
        return body;
    }

    NodePtr parse_statement() {
        if (now().kind == Token::Kind::Data) return make(Kind::Text, tokens_[at_++].text);
        if (now().kind == Token::Kind::PrintBegin) {
            at_ += 1;
            NodePtr print = make_with(Kind::Print, {}, parse_expression());
            expect(Token::Kind::PrintEnd);
            return print;
        }
        expect(Token::Kind::BlockBegin);
        const std::string name = expect_name();
        if (name == "if") return parse_if();
        if (name == "for") return parse_for();
        if (name == "set") return parse_set();
        if (name == "break" || name == "continue") {
            expect(Token::Kind::BlockEnd);
            return make(name == "break" ? Kind::Break : Kind::Continue);
        }
        // Hugging Face marks the assistant's text with these; they render nothing.
        if (name == "generation" || name == "endgeneration") {
            expect(Token::Kind::BlockEnd);
            return nullptr;
        }
        refuse(join("the statement \"", name, "\""));
    }

    void take_block(std::string_view name) {
        expect(Token::Kind::BlockBegin);
        if (!take_name(name)) refuse(join("no \"", name, "\""));
        expect(Token::Kind::BlockEnd);
    }

    NodePtr parse_if() {
        NodePtr condition = parse_expression();
        expect(Token::Kind::BlockEnd);
        NodePtr then = parse_body({"elif", "else", "endif"});
        NodePtr otherwise = make(Kind::Body);
        if (peek_name() == "elif") {
            const Deeper deeper(&depth_);
            at_ += 2;
            otherwise->children.push_back(parse_if());
        } else {
            if (peek_name() == "else") {
                take_block("else");
                otherwise = parse_body({"endif"});
            }
            take_block("endif");
        }
        return make_with(Kind::If, {}, std::move(condition), std::move(then), std::move(otherwise));
    }

    NodePtr parse_for() {
        std::vector<std::string> names = {expect_name()};
        while (take_sign(",")) names.push_back(expect_name());
        if (!take_name("in")) refuse("a for without \"in\"");
        NodePtr iterable = parse_or();
        NodePtr filter = take_name("if") ? parse_expression() : make(Kind::Nothing);
        if (now().is_name("recursive")) refuse("a recursive for");
        expect(Token::Kind::BlockEnd);
        NodePtr body = parse_body({"else", "endfor"});
        NodePtr otherwise = make(Kind::Body);
        if (peek_name() == "else") {
            take_block("else");
            otherwise = parse_body({"endfor"});
        }
        take_block("endfor");
        NodePtr loop =
            make_with(Kind::For, {}, std::move(iterable), std::move(filter), std::move(body), std::move(otherwise));
        loop->names = std::move(names);
        return loop;
    }

    NodePtr parse_set() {
        std::vector<std::string> names = {expect_name()};
        if (take_sign(".")) names.push_back(expect_name());
        if (!take_sign("=")) refuse("a block set or a set of several names");
        NodePtr set = make_with(Kind::Set, {}, parse_expression());
        set->names = std::move(names);
        expect(Token::Kind::BlockEnd);
        return set;
    }

    NodePtr parse_expression() {
        const Deeper deeper(&depth_);
        NodePtr value = parse_or();
        while (take_name("if")) {
            NodePtr condition = parse_or();
            NodePtr otherwise = take_name("else") ? parse_expression() : make(Kind::Nothing);
            value = make_with(Kind::Conditional, {}, std::move(condition), std::move(value), std::move(otherwise));
        }
        return value;
    }

    NodePtr parse_or() {
        NodePtr left = parse_and();
        while (take_name("or")) left = make_with(Kind::Binary, "or", std::move(left), parse_and());
        return left;
    }
    NodePtr parse_and() {
        NodePtr left = parse_not();
        while (take_name("and")) left = make_with(Kind::Binary, "and", std::move(left), parse_not());
        return left;
    }
    NodePtr parse_not() {
        const Deeper deeper(&depth_);
        if (take_name("not")) return make_with(Kind::Not, {}, parse_not());
        return parse_comparison();
    }
    NodePtr parse_comparison() {
        NodePtr left = parse_sum();
        while (true) {
            std::string sign;
            for (const std::string_view each : {"==", "!=", "<=", ">=", "<", ">"}) {
                if (sign.empty() && take_sign(each)) sign = each;
            }
            if (sign.empty() && take_name("in")) sign = "in";
            if (sign.empty() && now().is_name("not") && tokens_[at_ + 1].is_name("in")) {
                at_ += 2;
                sign = "notin";
            }
            if (sign.empty()) return left;
            left = make_with(Kind::Binary, sign, std::move(left), parse_sum());
        }
    }
    NodePtr parse_sum() {
        NodePtr left = parse_concatenation();
        while (now().is_sign("+") || now().is_sign("-")) {
            const std::string sign = tokens_[at_++].text;
            left = make_with(Kind::Binary, sign, std::move(left), parse_concatenation());
        }
        return left;
    }
    NodePtr parse_concatenation() {
        NodePtr left = parse_product();
        while (take_sign("~")) left = make_with(Kind::Binary, "~", std::move(left), parse_product());
        return left;
    }
    NodePtr parse_product() {
        NodePtr left = parse_unary();
        while (now().is_sign("*") || now().is_sign("/") || now().is_sign("//") || now().is_sign("%")) {
            const std::string sign = tokens_[at_++].text;
            left = make_with(Kind::Binary, sign, std::move(left), parse_unary());
        }
        return left;
    }
    NodePtr parse_unary() {
        const Deeper deeper(&depth_);
        if (take_sign("-")) return make_with(Kind::Negate, {}, parse_unary());
        if (take_sign("+")) return parse_unary();
        return parse_postfix(parse_primary());
    }

    NodePtr parse_postfix(NodePtr object) {
        for (int links = 0;; ++links) {
            if (links > kMaxDepth) refuse("a chain of calls that is too long");
            if (take_sign(".")) {
                object = make_with(Kind::Attribute, expect_name(), std::move(object));
            } else if (take_sign("[")) {
                object = parse_subscript(std::move(object));
            } else if (now().is_sign("(")) {
                object = make_with(Kind::Call, {}, std::move(object));
                parse_arguments(object.get());
            } else if (take_sign("|")) {
                object = make_with(Kind::Filter, expect_name(), std::move(object));
                if (now().is_sign("(")) parse_arguments(object.get());
            } else if (take_name("is")) {
                object = parse_test(std::move(object));
            } else {
                return object;
            }
        }
    }

    NodePtr parse_test(NodePtr object) {
        const bool negated = take_name("not");
        NodePtr test = make_with(Kind::Test, expect_name(), std::move(object));
        if (now().is_sign("(")) {
            parse_arguments(test.get());
        } else if (now().kind == Token::Kind::String || now().kind == Token::Kind::Integer) {
            test->children.push_back(parse_primary());
        }
        return negated ? make_with(Kind::Not, {}, std::move(test)) : std::move(test);
    }

    NodePtr parse_subscript(NodePtr object) {
        const auto part = [this] {
            return now().is_sign(":") || now().is_sign("]") ? make(Kind::Nothing) : parse_expression();
        };
        NodePtr begin = part();
        if (take_sign("]")) return make_with(Kind::Item, {}, std::move(object), std::move(begin));
        expect_sign(":");
        NodePtr end = part();
        NodePtr step = take_sign(":") ? part() : make(Kind::Nothing);
        expect_sign("]");
        return make_with(Kind::Slice, {}, std::move(object), std::move(begin), std::move(end), std::move(step));
    }

    void parse_arguments(Node* call) {
        expect_sign("(");
        while (!take_sign(")")) {
            if (now().kind == Token::Kind::Name && tokens_[at_ + 1].is_sign("=")) {
                call->names.push_back(expect_name());
                at_ += 1;
            } else if (!call->names.empty()) {
                refuse("a plain argument behind a named one");
            }
            call->children.push_back(parse_expression());
            if (!now().is_sign(")")) expect_sign(",");
        }
    }

    NodePtr parse_primary() {
        const Token token = now();
        at_ += token.kind == Token::Kind::End ? 0 : 1;
        if (token.kind == Token::Kind::String) return literal(json(token.text));
        if (token.kind == Token::Kind::Integer) return literal(json(std::stoll(token.text)));
        if (token.kind == Token::Kind::Float) return literal(json(std::stod(token.text)));
        if (token.kind == Token::Kind::Name) return parse_word(token.text);
        if (token.is_sign("[")) return parse_list("]");
        if (token.is_sign("{")) return parse_dict();
        if (token.is_sign("(")) return parse_parenthesis();
        refuse(join("\"", token.text, "\" where a value was expected"));
    }

    static NodePtr literal(json value) {
        NodePtr node = make(Kind::Literal);
        node->value = std::move(value);
        return node;
    }

    NodePtr parse_word(const std::string& word) {
        if (word == "true" || word == "True") return literal(true);
        if (word == "false" || word == "False") return literal(false);
        if (word == "none" || word == "None") return literal(nullptr);
        return make(Kind::Variable, word);
    }

    NodePtr parse_list(std::string_view closing) {
        NodePtr list = make(Kind::List);
        while (!take_sign(closing)) {
            list->children.push_back(parse_expression());
            if (!now().is_sign(closing)) expect_sign(",");
        }
        return list;
    }

    /// A value in parentheses, or a tuple, which counts as a list.
    NodePtr parse_parenthesis() {
        if (take_sign(")")) return make(Kind::List);
        NodePtr first = parse_expression();
        if (take_sign(")")) return first;
        expect_sign(",");
        NodePtr list = parse_list(")");
        list->children.insert(list->children.begin(), std::move(first));
        return list;
    }

    NodePtr parse_dict() {
        NodePtr dict = make(Kind::Dict);
        while (!take_sign("}")) {
            dict->children.push_back(parse_expression());
            expect_sign(":");
            dict->children.push_back(parse_expression());
            if (!now().is_sign("}")) expect_sign(",");
        }
        return dict;
    }

    const std::vector<Token>& tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

}  // namespace

std::unique_ptr<Node> parse(const std::vector<Token>& tokens) { return Parser(tokens).run(); }

}  // namespace molt::jinja
