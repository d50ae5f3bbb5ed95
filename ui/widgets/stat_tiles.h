// StatTiles: a row of numbers to be read from afar, each with a small caption over it.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QVector>
#include <QWidget>

class QHBoxLayout;
class QLabel;

namespace molt::ui {

struct StatTile {
    QString caption, value, toolTip;
};

class StatTiles : public QWidget {
    Q_OBJECT
public:
    explicit StatTiles(QWidget* parent = nullptr);
    void setTiles(const QVector<StatTile>& tiles);

private:
    struct Place {
        QWidget* box;
        QLabel *caption, *value;
    };
    QHBoxLayout* row_;
    QVector<Place> places_;
};

}  // namespace molt::ui
