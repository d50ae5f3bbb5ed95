// Theme: light and dark palettes over Fusion, one style sheet for cards and headings, and the colours of curves and
// states. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QIcon>
#include <QString>

class QApplication;
class QWidget;

namespace molt::ui {

enum class Theme { System, Light, Dark };
Theme parseTheme(const QString& name);

/// Sets style, palette and style sheet of the whole program.
void applyTheme(QApplication& application, Theme theme);
/// Whether window texts are light on dark now.
bool isDark();

/// Colour-blind safe (Okabe and Ito), lightened on dark ground; repeats after seven.
QColor seriesColor(int index);
/// Colour of a run's state: green running, grey ended, amber waiting, red failed.
QColor stateColor(const QString& state);

/// Drawn icon of a page ("configure", "monitor", "chat", "history") in the text colour.
QIcon pageIcon(const QString& id);

/// Marks a frame as a card (rounded, its own ground) or a label as a heading / secondary text; the style sheet does the
/// rest.
void markCard(QWidget* widget);
void markHeading(QWidget* label);
void markSecondary(QWidget* label);
/// A number that is read from afar.
void markValue(QWidget* label);

}  // namespace molt::ui
