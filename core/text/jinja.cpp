// Evaluating the tree: scopes, loops, calls, and the bound on the work.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/jinja.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/text/jinja_parser.h"
#include "core/text/jinja_values.h"

namespace molt {

namespace {

using jinja::Arguments;
using jinja::Node;
using Kind = jinja::Node::Kind;

constexpr int kMaxSteps = 20'000;
constexpr std::size_t kMaxOutput = std::size_t{1} << 20;
constexpr std::int64_t kMaxRange = 500;
constexpr std::size_t kMaxParts = 1000;  // of one value, so that copying stays cheap and shallow

[[noreturn]] void refuse(std::string_view what) { fail(ErrorCode::BadFile, join("The chat template ", what, ".")); }

/// Counts the parts of a value until there are more than allowed.
std::size_t parts_of(const json& value, std::size_t so_far) {
    if (++so_far > kMaxParts) refuse("makes a value that is too large");
    if (value.is_array() || value.is_object()) {
        for (const json& each : value) so_far = parts_of(each, so_far);
    }
    return so_far;
}

json checked(json value) {
    if (value.is_array() || value.is_object()) parts_of(value, 0);
    return value;
}

enum class Flow { Next, Break, Continue };

class Interpreter {
public:
    Interpreter(const json& variables, const std::string& date) : date_(date) {
        scopes_.push_back({{"strftime_now", true}, {"raise_exception", true}});  // "is defined" must see them
        scopes_.push_back(variables);
    }

    std::string run(const Node& body) {
        execute(body);
        return std::move(out_);
    }

private:
    void step() {
        if (++steps_ > kMaxSteps) refuse("takes too many steps");
    }

    void print(std::string_view text) {
        out_ += text;
        if (out_.size() > kMaxOutput) refuse("writes too much");
    }

    Flow execute(const Node& node) {
        step();
        switch (node.kind) {
            case Kind::Text:
                print(node.text);
                return Flow::Next;
            case Kind::Print:
                print(jinja::to_text(evaluate(node.at(0))));
                return Flow::Next;
            case Kind::Body:
                for (const auto& child : node.children) {
                    if (const Flow flow = execute(*child); flow != Flow::Next) return flow;
                }
                return Flow::Next;
            case Kind::If:
                return execute(jinja::is_true(evaluate(node.at(0))) ? node.at(1) : node.at(2));
            case Kind::For:
                return loop(node);
            case Kind::Set:
                assign(node);
                return Flow::Next;
            case Kind::Break:
                return Flow::Break;
            case Kind::Continue:
                return Flow::Continue;
            default:
                refuse("has an expression in the place of a statement");
        }
    }

    void assign(const Node& node) {
        json value = evaluate(node.at(0));
        if (node.names.size() == 1) {
            scopes_.back()[node.names[0]] = std::move(value);
            return;
        }
        json* space = lookup(node.names[0]);
        if (space == nullptr || !space->is_object()) refuse(join("sets an attribute of \"", node.names[0], "\""));
        (*space)[node.names[1]] = std::move(value);
        parts_of(*space, 0);
    }

    json* lookup(const std::string& name) {
        for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
            const auto found = scope->find(name);
            if (found != scope->end()) return &*found;
        }
        return nullptr;
    }

    void bind(const Node& node, const json& element) {
        if (node.names.size() == 1) {
            scopes_.back()[node.names[0]] = element;
            return;
        }
        if (!element.is_array() || element.size() != node.names.size())
            refuse("takes an element apart that has other parts");
        for (std::size_t i = 0; i < node.names.size(); ++i) scopes_.back()[node.names[i]] = element[i];
    }

    std::vector<json> elements(const Node& node) {
        const json iterable = evaluate(node.at(0));
        if (!iterable.is_array() && !iterable.is_object() && !iterable.is_string()) {
            if (jinja::is_undefined(iterable)) return {};
            refuse(join("loops over a ", iterable.type_name()));
        }
        std::vector<json> chosen;
        scopes_.push_back(json::object());
        const json list = jinja::apply_filter(iterable, "list", {});
        for (const json& each : list) {
            step();
            bind(node, each);
            if (node.at(1).kind == Kind::Nothing || jinja::is_true(evaluate(node.at(1)))) chosen.push_back(each);
        }
        scopes_.pop_back();
        return chosen;
    }

    Flow loop(const Node& node) {
        const std::vector<json> chosen = elements(node);
        if (chosen.empty()) return execute(node.at(3));
        const auto count = static_cast<std::int64_t>(chosen.size());
        for (std::int64_t i = 0; i < count; ++i) {
            const auto at = static_cast<std::size_t>(i);
            scopes_.push_back(json::object());
            bind(node, chosen[at]);
            json facts = {{"index", i + 1},        {"index0", i},
                          {"revindex", count - i}, {"revindex0", count - i - 1},
                          {"first", i == 0},       {"last", i + 1 == count},
                          {"length", count}};
            if (i > 0) facts["previtem"] = chosen[at - 1];
            if (i + 1 < count) facts["nextitem"] = chosen[at + 1];
            scopes_.back()["loop"] = std::move(facts);
            const Flow flow = execute(node.at(2));
            scopes_.pop_back();
            if (flow == Flow::Break) break;
        }
        return Flow::Next;
    }

    json evaluate(const Node& node) {
        step();
        switch (node.kind) {
            case Kind::Nothing:
                return jinja::undefined();
            case Kind::Literal:
                return node.value;
            case Kind::Variable: {
                const json* found = lookup(node.text);
                return found == nullptr ? jinja::undefined() : *found;
            }
            case Kind::List: {
                json list = json::array();
                for (const auto& child : node.children) list.push_back(evaluate(*child));
                return checked(std::move(list));
            }
            case Kind::Dict:
                return checked(dict(node));
            case Kind::Attribute:
                return item(evaluate(node.at(0)), node.text);
            case Kind::Item:
                return item(evaluate(node.at(0)), evaluate(node.at(1)));
            case Kind::Slice: {
                const json object = evaluate(node.at(0)), begin = evaluate(node.at(1)), end = evaluate(node.at(2));
                return jinja::slice(object, begin, end, evaluate(node.at(3)));
            }
            case Kind::Call:
                return checked(call(node));
            case Kind::Filter:
                return checked(jinja::apply_filter(evaluate(node.at(0)), node.text, arguments(node)));
            case Kind::Test:
                return jinja::apply_test(evaluate(node.at(0)), node.text, arguments(node));
            case Kind::Not:
                return !jinja::is_true(evaluate(node.at(0)));
            case Kind::Negate:
                return jinja::apply_operator("-", 0, evaluate(node.at(0)));
            case Kind::Binary:
                return checked(binary(node));
            case Kind::Conditional:
                return evaluate(jinja::is_true(evaluate(node.at(0))) ? node.at(1) : node.at(2));
            default:
                refuse("has a statement in the place of an expression");
        }
    }

    json dict(const Node& node) {
        json out = json::object();
        for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
            out[jinja::to_text(evaluate(node.at(i)))] = evaluate(node.at(i + 1));
        }
        return out;
    }

    static json item(const json& object, const json& key) {
        if (jinja::is_undefined(object)) refuse("asks for a part of what is undefined");
        if (object.is_object() && key.is_string()) {
            const auto found = object.find(key.get<std::string>());
            return found == object.end() ? jinja::undefined() : *found;
        }
        if (!key.is_number_integer() || (!object.is_array() && !object.is_string())) return jinja::undefined();
        const json list = jinja::apply_filter(object, "list", {});
        const auto size = static_cast<std::int64_t>(list.size());
        const auto index = key.get<std::int64_t>();
        if (index < -size || index >= size) return jinja::undefined();
        return list[static_cast<std::size_t>(index < 0 ? index + size : index)];
    }

    Arguments arguments(const Node& node) {
        Arguments out;
        const std::size_t first_named = node.children.size() - node.names.size();
        for (std::size_t i = 1; i < node.children.size(); ++i) {
            json value = evaluate(node.at(i));
            if (i < first_named) {
                out.values.push_back(std::move(value));
            } else {
                out.named[node.names[i - first_named]] = std::move(value);
            }
        }
        return out;
    }

    json call(const Node& node) {
        const Node& callee = node.at(0);
        const Arguments given = arguments(node);
        if (callee.kind == Kind::Attribute) return jinja::call_method(evaluate(callee.at(0)), callee.text, given);
        const std::string& name = callee.text;
        if (callee.kind != Kind::Variable) refuse("calls what is no function");
        if (name == "raise_exception") fail(ErrorCode::Mismatch, jinja::to_text(given.get(0, "message")));
        if (name == "namespace" || name == "dict") return given.named;
        if (name == "strftime_now") return date_;
        if (name == "range") return range(given);
        refuse(join("calls the unknown function \"", name, "\""));
    }

    static json range(const Arguments& given) {
        std::vector<std::int64_t> bounds;
        for (const json& value : given.values) {
            if (!value.is_number_integer()) refuse("gives range() no number");
            bounds.push_back(std::clamp(value.get<std::int64_t>(), -kMaxRange, kMaxRange));
        }
        if (bounds.empty() || bounds.size() > 3) refuse("gives range() a wrong number of bounds");
        if (bounds.size() == 1) bounds.insert(bounds.begin(), 0);
        if (bounds.size() == 2) bounds.push_back(1);
        if (bounds[2] == 0) refuse("gives range() a step of zero");
        json list = json::array();
        for (std::int64_t i = bounds[0]; bounds[2] > 0 ? i < bounds[1] : i > bounds[1]; i += bounds[2])
            list.push_back(i);
        return list;
    }

    json binary(const Node& node) {
        json left = evaluate(node.at(0));
        if (node.text == "or") return jinja::is_true(left) ? left : evaluate(node.at(1));
        if (node.text == "and") return jinja::is_true(left) ? evaluate(node.at(1)) : left;
        const json right = evaluate(node.at(1));
        if (node.text == "in") return jinja::contains(right, left);
        if (node.text == "notin") return !jinja::contains(right, left);
        return jinja::apply_operator(node.text, left, right);
    }

    const std::string& date_;
    std::vector<json> scopes_;
    std::string out_;
    int steps_ = 0;
};

}  // namespace

std::string render_jinja(std::string_view source, const json& variables, const std::string& date) {
    const auto body = jinja::parse(jinja::tokenise(source));
    return Interpreter(variables, date).run(*body);
}

}  // namespace molt
