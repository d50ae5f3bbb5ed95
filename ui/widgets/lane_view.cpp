// Cursor inserts in one edit block per flush, and a soft break in runaway paragraphs (workbench.md 3.4).
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/lane_view.h"

#include <QGuiApplication>
#include <QScrollBar>
#include <QTextBlock>
#include <QUrl>

#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

constexpr int kFlushMs = 33;
constexpr int kBreakAfterChars = 800;

}  // namespace

LaneView::LaneView(QWidget* parent) : QTextBrowser(parent) {
    setOpenLinks(false);
    setFrameShape(QFrame::NoFrame);
    document()->setDocumentMargin(14);
    timer_.setSingleShot(true);
    timer_.setInterval(kFlushMs);
    connect(&timer_, &QTimer::timeout, this, &LaneView::flush);
    connect(this, &QTextBrowser::anchorClicked, this, [this](const QUrl& url) {
        const QStringList parts = url.toString().split(QLatin1Char(':'));
        const int position = parts.value(1).toInt();
        if (parts[0] == QLatin1String("edit")) Q_EMIT editRequested(position);
        if (parts[0] == QLatin1String("again")) Q_EMIT regenerateRequested(position);
        if (parts[0] == QLatin1String("version")) Q_EMIT versionRequested(position, parts.value(2).toInt());
    });
}

QString LaneView::questionHtml(const ChatTree& tree, int position) const {
    const QString secondary = palette().color(QPalette::PlaceholderText).name();
    const auto link = [&](const QString& target, const QString& text) {
        return QStringLiteral("<a href='%1:%2' style='color:%3; text-decoration:none'>%4</a>")
            .arg(target)
            .arg(position)
            .arg(palette().color(QPalette::Link).name(), text);
    };
    QString links = link(QStringLiteral("edit"), tr("Edit")) + QStringLiteral(" &nbsp; ") +
                    link(QStringLiteral("again"), tr("Regenerate"));
    const int version = tree.version(position), versions = tree.versions(position);
    if (versions > 1) {
        links += QStringLiteral(
                     " &nbsp; <a href='version:%1:%2' style='text-decoration:none'>\u25c2</a> %3/%4 "
                     "<a href='version:%1:%5' style='text-decoration:none'>\u25b8</a>")
                     .arg(position)
                     .arg(std::max(version - 1, 0))
                     .arg(version + 1)
                     .arg(versions)
                     .arg(std::min(version + 1, versions - 1));
    }
    QString question = tree.turn(position).question.toHtmlEscaped();
    question.replace(QLatin1Char('\n'), QStringLiteral("<br>"));
    return QStringLiteral(
               "<table width='100%' cellpadding='7' cellspacing='0' bgcolor='%1'><tr><td><b>%2</b></td>"
               "<td align='right' style='color:%3; font-size:small; white-space:nowrap'>%4</td></tr></table>")
        // Not the view's own palette: the style sheet makes its background transparent.
        .arg(QGuiApplication::palette().color(QPalette::Window).name(), question, secondary, links);
}

void LaneView::addTurn(const ChatTree& tree, int lane, int position) {
    const LaneReply& reply = tree.turn(position).replies[lane];
    QTextCursor cursor(document());
    QTextBlockFormat above, below;
    above.setTopMargin(5);
    below.setTopMargin(3);
    below.setBottomMargin(12);
    cursor.movePosition(QTextCursor::End);
    if (position > 0) cursor.insertBlock(QTextBlockFormat(), QTextCharFormat());
    cursor.insertHtml(questionHtml(tree, position));
    cursor.movePosition(QTextCursor::End);
    cursor.insertBlock(above, QTextCharFormat());
    replyStart_ = cursor.position();
    cursor.insertText(reply.text);
    if (!reply.error.isEmpty()) {
        if (!reply.text.isEmpty()) cursor.insertBlock(above, QTextCharFormat());
        cursor.insertHtml(QStringLiteral("<span style='color:%1'>\u2717 %2</span> &nbsp; <a href='again:%3' "
                                         "style='text-decoration:none'>%4</a>")
                              .arg(stateColor(QStringLiteral("failed")).name(), reply.error.toHtmlEscaped())
                              .arg(position)
                              .arg(tr("Try again")));
    }
    cursor.insertBlock(below, QTextCharFormat());
    if (!reply.stats.isEmpty()) {
        cursor.insertHtml(QStringLiteral("<span style='color:%1; font-size:small'>%2</span>")
                              .arg(palette().color(QPalette::PlaceholderText).name(), reply.stats.toHtmlEscaped()));
    }
}

void LaneView::showConversation(const ChatTree& tree, int lane) {
    timer_.stop();
    pending_.clear();
    phase_.clear();
    sinceBreak_ = 0;
    clear();
    for (int position = 0; position < tree.length(); ++position) addTurn(tree, lane, position);
    verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

void LaneView::setPhase(const QString& text) {
    QTextCursor cursor(document());
    cursor.setPosition(replyStart_);
    cursor.movePosition(QTextCursor::End, QTextCursor::KeepAnchor);
    QTextCharFormat format;
    format.setForeground(palette().color(QPalette::PlaceholderText));
    cursor.insertText(text, format);
    phase_ = text;
}

void LaneView::append(const QString& text) {
    pending_ += text;
    if (!timer_.isActive()) timer_.start();
}

void LaneView::flush() {
    QScrollBar* bar = verticalScrollBar();
    const bool atEnd = bar->value() >= bar->maximum() - 4;
    QTextCursor cursor(document());
    cursor.beginEditBlock();
    if (!phase_.isEmpty()) {
        cursor.setPosition(replyStart_);
        cursor.movePosition(QTextCursor::End, QTextCursor::KeepAnchor);
        cursor.removeSelectedText();
        phase_.clear();
    }
    cursor.movePosition(QTextCursor::End);
    const qsizetype newline = pending_.lastIndexOf(QLatin1Char('\n'));
    sinceBreak_ =
        newline >= 0 ? static_cast<int>(pending_.size() - newline) : sinceBreak_ + static_cast<int>(pending_.size());
    cursor.insertText(pending_, QTextCharFormat());
    if (sinceBreak_ > kBreakAfterChars) {
        cursor.insertBlock();
        sinceBreak_ = 0;
    }
    cursor.endEditBlock();
    pending_.clear();
    if (atEnd) bar->setValue(bar->maximum());
}

}  // namespace molt::ui
