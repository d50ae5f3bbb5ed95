// A tree of turns; the shown path follows each node's chosen child.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/chat_tree.h"

#include <algorithm>

#include "core/base/error.h"

namespace molt::ui {

namespace {

constexpr int kTitleLength = 40;

QString text(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? QString::fromStdString(found->get<std::string>()) : QString();
}

int number(const json& object, const char* key, int otherwise) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number_integer() ? found->get<int>() : otherwise;
}

}  // namespace

std::vector<const ChatTree::Node*> ChatTree::path() const {
    std::vector<const Node*> nodes;
    for (const Node* node = &root_; !node->children.empty();) {
        node = &node->children[static_cast<std::size_t>(node->shown)];
        nodes.push_back(node);
    }
    return nodes;
}

ChatTree::Node* ChatTree::nodeAt(int position) {
    Node* node = &root_;
    for (int i = 0; i <= position; ++i) {
        MOLT_ASSERT(!node->children.empty());
        node = &node->children[static_cast<std::size_t>(node->shown)];
    }
    return node;
}

int ChatTree::ask(const QString& question) { return branch(length(), question); }

int ChatTree::branch(int position, const QString& question) {
    Node* parent = nodeAt(position - 1);
    Node made;
    made.turn.question = question;
    made.turn.replies.resize(lanes_);
    parent->children.push_back(std::move(made));
    parent->shown = static_cast<int>(parent->children.size()) - 1;
    return position;
}

const ChatTurn& ChatTree::turn(int position) const { return path()[static_cast<std::size_t>(position)]->turn; }
LaneReply& ChatTree::reply(int position, int lane) { return nodeAt(position)->turn.replies[lane]; }

int ChatTree::version(int position) const { return const_cast<ChatTree*>(this)->nodeAt(position - 1)->shown; }
int ChatTree::versions(int position) const {
    return static_cast<int>(const_cast<ChatTree*>(this)->nodeAt(position - 1)->children.size());
}
void ChatTree::showVersion(int position, int version) {
    Node* parent = nodeAt(position - 1);
    MOLT_ASSERT(version >= 0 && version < static_cast<int>(parent->children.size()));
    parent->shown = version;
}

QVector<ChatMessage> ChatTree::messagesFor(int lane, int position) const {
    QVector<ChatMessage> messages;
    const auto nodes = path();
    for (int i = 0; i <= position; ++i) {
        const ChatTurn& turn = nodes[static_cast<std::size_t>(i)]->turn;
        messages.push_back({"user", turn.question.toStdString()});
        if (i < position) messages.push_back({"assistant", turn.replies[lane].text.toStdString()});
    }
    return messages;
}

QString ChatTree::title() const {
    if (root_.children.empty()) return {};
    const QString first = root_.children.front().turn.question.simplified();
    return first.size() > kTitleLength ? first.left(kTitleLength) + QStringLiteral("\u2026") : first;
}

void ChatTree::addNodes(const Node& node, int parent, json& list) {
    for (const Node& child : node.children) {
        json replies = json::array();
        for (const LaneReply& reply : child.turn.replies)
            replies.push_back({{"text", reply.text.toStdString()},
                               {"stats", reply.stats.toStdString()},
                               {"error", reply.error.toStdString()}});
        const int index = static_cast<int>(list.size());
        list.push_back({{"parent", parent},
                        {"question", child.turn.question.toStdString()},
                        {"replies", std::move(replies)},
                        {"shown", child.shown}});
        addNodes(child, index, list);
    }
}

ChatTree::Node ChatTree::nodeFromJson(const json& document, int lanes) {
    Node node;
    node.turn.question = text(document, "question");
    node.turn.replies.resize(lanes);
    node.shown = number(document, "shown", 0);
    const auto replies = document.find("replies");
    if (replies == document.end() || !replies->is_array()) return node;
    for (int lane = 0; lane < lanes && lane < static_cast<int>(replies->size()); ++lane) {
        const json& reply = (*replies)[static_cast<std::size_t>(lane)];
        if (reply.is_object())
            node.turn.replies[lane] = {text(reply, "text"), text(reply, "stats"), text(reply, "error")};
    }
    return node;
}

// A flat list, parents before children: nesting would grow with the conversation, and readers bound the depth of JSON.
json ChatTree::toJson() const {
    json list = json::array();
    addNodes(root_, -1, list);
    return {{"lanes", lanes_}, {"shown", root_.shown}, {"nodes", std::move(list)}};
}

ChatTree ChatTree::fromJson(const json& document) {
    ChatTree tree;
    const auto list = document.find("nodes");
    if (list == document.end() || !list->is_array()) return tree;
    std::vector<Node> nodes;
    for (const json& entry : *list) nodes.push_back(nodeFromJson(entry, tree.lanes_));
    tree.root_.shown = number(document, "shown", 0);
    const auto settle = [](Node& node) {
        std::reverse(node.children.begin(), node.children.end());
        if (node.shown < 0 || node.shown >= static_cast<int>(node.children.size())) node.shown = 0;
    };
    for (std::size_t i = nodes.size(); i-- > 0;) {
        settle(nodes[i]);
        const int parent = number((*list)[i], "parent", -1);
        // A parent that does not come before its child cannot have been written by us; the turn then starts anew.
        Node& above =
            parent >= 0 && static_cast<std::size_t>(parent) < i ? nodes[static_cast<std::size_t>(parent)] : tree.root_;
        above.children.push_back(std::move(nodes[i]));
    }
    settle(tree.root_);
    return tree;
}

}  // namespace molt::ui
