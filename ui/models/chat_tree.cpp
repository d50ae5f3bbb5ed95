// A tree of turns; the shown path follows each node's chosen child.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/chat_tree.h"

#include "core/base/error.h"

namespace molt::ui {

namespace {

constexpr int kTitleLength = 40;

QString text(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? QString::fromStdString(found->get<std::string>()) : QString();
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

json ChatTree::nodeToJson(const Node& node) {
    json replies = json::array(), children = json::array();
    for (const LaneReply& reply : node.turn.replies) {
        replies.push_back({{"text", reply.text.toStdString()}, {"stats", reply.stats.toStdString()}, {"error", reply.error.toStdString()}});
    }
    for (const Node& child : node.children) children.push_back(nodeToJson(child));
    return {{"question", node.turn.question.toStdString()}, {"replies", std::move(replies)}, {"shown", node.shown}, {"children", std::move(children)}};
}

ChatTree::Node ChatTree::nodeFromJson(const json& document, int lanes) {
    Node node;
    node.turn.question = text(document, "question");
    node.turn.replies.resize(lanes);
    if (!document.is_object()) return node;
    const json replies = document.value("replies", json::array());
    for (int lane = 0; lane < lanes && replies.is_array() && lane < static_cast<int>(replies.size()); ++lane) {
        const json& reply = replies[static_cast<std::size_t>(lane)];
        if (reply.is_object()) node.turn.replies[lane] = {text(reply, "text"), text(reply, "stats"), text(reply, "error")};
    }
    for (const json& child : document.value("children", json::array()))
        if (child.is_object()) node.children.push_back(nodeFromJson(child, lanes));
    const auto shown = document.find("shown");
    if (shown != document.end() && shown->is_number_integer()) node.shown = shown->get<int>();
    if (node.shown < 0 || node.shown >= static_cast<int>(node.children.size())) node.shown = 0;
    return node;
}

json ChatTree::toJson() const { return {{"lanes", lanes_}, {"root", nodeToJson(root_)}}; }

ChatTree ChatTree::fromJson(const json& document) {
    ChatTree tree;
    if (document.is_object() && document.contains("root")) tree.root_ = nodeFromJson(document.at("root"), tree.lanes_);
    return tree;
}

}  // namespace molt::ui
