// Palettes, the style sheet, and icons drawn with a painter so that they follow the theme.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>
#include <QStyleFactory>
#include <QWidget>
#include <functional>

namespace molt::ui {

namespace {

struct Colors {
    QColor window, base, text, secondary, border, accent, accentText, card;
};

const Colors& colors(bool dark) {
    static const Colors light{"#f4f5f7", "#ffffff", "#1d2530", "#5b6676", "#d5dae1", "#2363c4", "#ffffff", "#ffffff"};
    static const Colors night{"#1b1f26", "#14171c", "#e4e8ee", "#9aa5b4", "#363d49", "#6ea6ff", "#10141a", "#232933"};
    return dark ? night : light;
}

QPalette palette(bool dark) {
    const Colors& c = colors(dark);
    QPalette p;
    p.setColor(QPalette::Window, c.window);
    p.setColor(QPalette::WindowText, c.text);
    p.setColor(QPalette::Base, c.base);
    p.setColor(QPalette::AlternateBase, c.window);
    p.setColor(QPalette::Text, c.text);
    p.setColor(QPalette::PlaceholderText, c.secondary);
    p.setColor(QPalette::Button, c.card);
    p.setColor(QPalette::ButtonText, c.text);
    p.setColor(QPalette::ToolTipBase, c.card);
    p.setColor(QPalette::ToolTipText, c.text);
    p.setColor(QPalette::Highlight, c.accent);
    p.setColor(QPalette::HighlightedText, c.accentText);
    p.setColor(QPalette::Link, c.accent);
    p.setColor(QPalette::Mid, c.border);
    p.setColor(QPalette::Light, c.card.lighter(110));
    p.setColor(QPalette::Dark, c.border.darker(120));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, c.secondary);
    return p;
}

QString styleSheet(bool dark) {
    const Colors& c = colors(dark);
    QString sheet = QStringLiteral(R"(
        QFrame[card="true"] { background: @card; border: 1px solid @border; border-radius: 8px; }
        QLabel[heading="true"] { font-size: 15pt; font-weight: 600; }
        QLabel[secondary="true"] { color: @secondary; }
        QLabel[value="true"] { font-size: 12pt; font-weight: 600; }
        QLabel[banner="true"] { background: @card; border: 1px solid @border; border-left: 4px solid @accent; border-top-right-radius: 6px; border-bottom-right-radius: 6px; }
        QFrame[notice="error"] { background: @card; border: 1px solid @bad; border-left: 4px solid @bad; border-top-right-radius: 6px; border-bottom-right-radius: 6px; }
        QFrame[notice="info"] { background: @card; border: 1px solid @border; border-left: 4px solid @accent; border-top-right-radius: 6px; border-bottom-right-radius: 6px; }

        QListWidget#navigation { background: @window; border: none; border-right: 1px solid @border; border-radius: 0; outline: none; padding: 8px 6px; }
        QListWidget#navigation::item { padding: 9px 10px; border-radius: 6px; margin: 1px 0; border: 2px solid transparent; }
        QListWidget#navigation::item:hover { background: @hover; }
        QListWidget#navigation::item:selected { background: @accent; color: @accentText; }
        QListWidget#navigation::item:selected:focus { border-color: @accentHover; }

        QPushButton, QToolButton { background: @card; border: 1px solid @border; border-radius: 5px; padding: 5px 14px; }
        QToolButton { padding: 2px 8px; }
        QToolButton[wide="true"] { padding: 5px 14px; }
        QToolButton::menu-indicator { image: none; width: 0; }
        QPushButton:hover, QToolButton:hover { background: @hover; }
        QPushButton:pressed, QToolButton:pressed, QToolButton:checked { background: @border; }
        QPushButton:focus, QToolButton:focus { border: 1px solid @accent; }
        QPushButton:disabled, QToolButton:disabled { color: @faint; background: @window; }
        QToolButton[flat="true"] { border: none; background: transparent; padding: 2px 6px; }
        QToolButton[flat="true"]:focus { border: 1px solid @accent; }
        QPushButton[primary="true"] { background: @accent; color: @accentText; border: 1px solid @accent; font-weight: 600; }
        QPushButton[primary="true"]:hover { background: @accentHover; border-color: @accentHover; }
        QPushButton[primary="true"]:disabled { background: @border; color: @secondary; border-color: @border; }
        QPushButton[primary="true"]:focus { border: 2px solid @text; padding: 4px 13px; }

        QTextBrowser { background: transparent; border: none; }
        QListWidget, QPlainTextEdit, QTableView { background: @base; border: 1px solid @border; border-radius: 6px; }
        QListWidget:focus, QPlainTextEdit:focus, QTableView:focus { border: 1px solid @accent; }
        QListWidget::item { padding: 4px 6px; }
        QTableView { gridline-color: @border; selection-background-color: @accent; selection-color: @accentText; }
        QHeaderView { background: @window; border: none; border-top-left-radius: 6px; }
        QHeaderView::up-arrow, QHeaderView::down-arrow { subcontrol-origin: padding; subcontrol-position: top center; width: 8px; height: 6px; }
        QHeaderView::section { padding: 6px 3px; border: none; border-bottom: 1px solid @border; background: @window; font-weight: 600; }
        QComboBox, QSpinBox, QDoubleSpinBox { padding: 2px 4px; }
        QLineEdit { padding: 3px 5px; border: 1px solid @field; border-radius: 4px; background: @base; }
        QLineEdit:focus { border: 1px solid @accent; }
        QComboBox QLineEdit, QSpinBox QLineEdit, QDoubleSpinBox QLineEdit { border: none; padding: 0; }
        QCheckBox::indicator, QRadioButton::indicator { width: 12px; height: 12px; border: 1px solid @secondary; background: @base; }
        QCheckBox::indicator { border-radius: 3px; }
        QRadioButton::indicator { border-radius: 7px; }
        QCheckBox::indicator:checked { background: @accent; border-color: @accent; image: url(:/icons/tick-@theme.png); }
        QRadioButton::indicator:checked { width: 6px; height: 6px; border: 4px solid @accent; }
        QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: @accent; }
        QToolTip { padding: 4px; border: 1px solid @border; background: @card; color: @text; }
        QStatusBar { border-top: 1px solid @border; }
        QStatusBar::item { border: none; }
        QStatusBar QLabel { padding: 3px 6px; }
        QMenuBar { border-bottom: 1px solid @border; }
        QScrollArea { background: transparent; border: none; }
        QScrollArea > QWidget > QWidget { background: transparent; }
        QSplitter::handle { background: transparent; }
        QProgressBar { background: @border; border: none; border-radius: 4px; }
        QProgressBar::chunk { background: @accent; border-radius: 4px; }

        QScrollBar { background: transparent; border: none; margin: 0; }
        QScrollBar:vertical { width: 11px; }
        QScrollBar:horizontal { height: 11px; }
        QScrollBar::handle { background: @handle; border-radius: 4px; margin: 1px; }
        QScrollBar::handle:vertical { min-height: 32px; }
        QScrollBar::handle:horizontal { min-width: 32px; }
        QScrollBar::handle:hover { background: @secondary; }
        QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
        QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
    )");
    // Longer names first, so that no name is the beginning of one that is still there.
    for (const auto& [name, color] : std::initializer_list<std::pair<const char*, QColor>>{
             {"@accentHover", dark ? c.accent.lighter(112) : c.accent.darker(112)},
             {"@accentText", c.accentText},
             {"@accent", c.accent},
             {"@secondary", c.secondary},
             {"@handle", dark ? c.border.lighter(140) : c.border.darker(115)},
             {"@field", dark ? c.border.lighter(130) : c.border.darker(120)},
             {"@faint", dark ? c.secondary.darker(140) : c.secondary.lighter(150)},
             {"@border", c.border},
             {"@window", c.window},
             {"@hover", dark ? c.card.lighter(125) : c.window.darker(104)},
             {"@card", c.card},
             {"@base", c.base},
             {"@text", c.text},
             {"@bad", stateColor(QStringLiteral("failed"))}})
        sheet.replace(QLatin1String(name), color.name());
    return sheet.replace(QLatin1String("@theme"), dark ? QLatin1String("dark") : QLatin1String("light"));
}

void mark(QWidget* widget, const char* property) { widget->setProperty(property, true); }

using Draw = std::function<void(QPainter&)>;

void drawConfigure(QPainter& p) {
    for (int i = 0; i < 3; ++i) {
        const double y = 5 + 7 * i, knob = i == 1 ? 15 : 8;
        p.drawLine(QPointF(2, y), QPointF(22, y));
        p.setBrush(p.pen().color());
        p.drawEllipse(QPointF(knob, y), 2.4, 2.4);
    }
}
void drawMonitor(QPainter& p) {
    p.drawPolyline(QPolygonF({{3, 3}, {3, 21}, {22, 21}}));
    QPainterPath path({6, 6});
    path.cubicTo(9, 17, 13, 12, 21, 17);
    p.drawPath(path);
}
void drawChat(QPainter& p) {
    p.drawRoundedRect(QRectF(2, 3, 14, 10), 3, 3);
    p.drawRoundedRect(QRectF(9, 11, 13, 9), 3, 3);
}
void drawHistory(QPainter& p) {
    p.drawEllipse(QPointF(12, 12), 9, 9);
    p.drawPolyline(QPolygonF({{12, 6}, {12, 12}, {16, 14}}));
}

QPixmap drawn(const Draw& draw, const QColor& color, int size) {
    QPixmap pixmap(size, size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(size / 24.0, size / 24.0);
    painter.setPen(QPen(color, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    draw(painter);
    return pixmap;
}

}  // namespace

Theme parseTheme(const QString& name) {
    if (name == QLatin1String("light")) return Theme::Light;
    if (name == QLatin1String("dark")) return Theme::Dark;
    return Theme::System;
}

void applyTheme(QApplication& application, Theme theme) {
    static const QPalette system = application.palette();
    const bool systemDark = system.color(QPalette::Window).lightness() < system.color(QPalette::WindowText).lightness();
    const bool dark = theme == Theme::Dark || (theme == Theme::System && systemDark);
    application.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    application.setPalette(palette(dark));
    application.setStyleSheet(styleSheet(dark));
}

bool isDark() {
    const QPalette p = QApplication::palette();
    return p.color(QPalette::Window).lightness() < p.color(QPalette::WindowText).lightness();
}

QColor seriesColor(int index) {
    static const QColor safe[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a7a00"};
    const QColor color = safe[index % 7];
    return isDark() ? color.lighter(145) : color;
}

QColor stateColor(const QString& state) {
    const bool dark = isDark();
    if (state == QLatin1String("running") || state == QLatin1String("completed")) return dark ? "#58c08a" : "#1a7f4b";
    if (state == QLatin1String("failed") || state == QLatin1String("interrupted")) return dark ? "#ff8577" : "#b3261e";
    if (state == QLatin1String("stopped") || state == QLatin1String("draft")) return dark ? "#9aa5b4" : "#5b6676";
    return dark ? "#f0b95a" : "#9a6700";
}

QIcon pageIcon(const QString& id) {
    Draw draw = drawHistory;
    if (id == QLatin1String("configure")) draw = drawConfigure;
    if (id == QLatin1String("monitor")) draw = drawMonitor;
    if (id == QLatin1String("chat")) draw = drawChat;
    const QPalette p = QApplication::palette();
    QIcon icon;
    for (const int size : {24, 48}) {
        icon.addPixmap(drawn(draw, p.color(QPalette::WindowText), size), QIcon::Normal);
        icon.addPixmap(drawn(draw, p.color(QPalette::HighlightedText), size), QIcon::Selected);
    }
    return icon;
}

void markCard(QWidget* widget) { mark(widget, "card"); }
void markHeading(QWidget* label) { mark(label, "heading"); }
void markSecondary(QWidget* label) { mark(label, "secondary"); }
void markValue(QWidget* label) { mark(label, "value"); }

}  // namespace molt::ui
