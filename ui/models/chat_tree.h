// ChatTree: a conversation with siblings: editing or regenerating adds a version beside the old one, nothing is
// overwritten. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QVector>

#include "core/base/json.h"
#include "core/spec/chat.h"

namespace molt::ui {

/// One reply of one lane.
struct LaneReply {
    QString text, stats, error;
};

/// A question and its replies, one for each lane. Versions of the same turn share `turn`.
struct ChatTurn {
    QString question;
    QVector<LaneReply> replies;
};

class ChatTree {
public:
    explicit ChatTree(int lanes = 2) : lanes_(lanes) {}
    int lanes() const { return lanes_; }

    /// Appends a turn to the shown path and returns its position on it.
    int ask(const QString& question);
    /// A new version of the turn at `position` (another question, or the same for "regenerate"); the path ends there.
    int branch(int position, const QString& question);
    /// The path that is shown, from the first turn.
    int length() const { return static_cast<int>(path().size()); }
    const ChatTurn& turn(int position) const;
    LaneReply& reply(int position, int lane);
    /// Which version is shown (from 0) and how many there are.
    int version(int position) const;
    int versions(int position) const;
    void showVersion(int position, int version);

    /// What a lane's model is sent to answer the turn at `position`.
    QVector<ChatMessage> messagesFor(int lane, int position) const;
    QString title() const;

    json toJson() const;
    /// Unknown or missing keys are taken as empty: a stored conversation never stops the page from opening.
    static ChatTree fromJson(const json& document);

private:
    struct Node {
        ChatTurn turn;
        int shown = 0;  // which child is shown
        std::vector<Node> children;
    };
    std::vector<const Node*> path() const;
    Node* nodeAt(int position);  // -1: the root
    static void addNodes(const Node& node, int parent, json& list);
    static Node nodeFromJson(const json& document, int lanes);
    int lanes_;
    Node root_;
};

}  // namespace molt::ui
