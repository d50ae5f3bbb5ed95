// Labels are kept and filled anew, so that numbers change in place.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/stat_tiles.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "ui/widgets/theme.h"

namespace molt::ui {

StatTiles::StatTiles(QWidget* parent) : QWidget(parent), row_(new QHBoxLayout(this)) {
    row_->setContentsMargins(0, 0, 0, 0);
    row_->setSpacing(30);
    row_->addStretch();
}

void StatTiles::setTiles(const QVector<StatTile>& tiles) {
    while (places_.size() < tiles.size()) {
        Place place{new QWidget, new QLabel, new QLabel};
        markSecondary(place.caption);
        markValue(place.value);
        place.value->setTextInteractionFlags(Qt::TextSelectableByMouse);
        auto* column = new QVBoxLayout(place.box);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        column->addWidget(place.caption);
        column->addWidget(place.value);
        row_->insertWidget(static_cast<int>(places_.size()), place.box);
        places_.push_back(place);
    }
    QStringList spoken;
    for (qsizetype i = 0; i < places_.size(); ++i) {
        const bool used = i < tiles.size();
        places_[i].box->setVisible(used);
        if (!used) continue;
        places_[i].caption->setText(tiles[i].caption);
        places_[i].value->setText(tiles[i].value);
        places_[i].box->setToolTip(tiles[i].toolTip);
        spoken << tiles[i].caption + QStringLiteral(": ") + tiles[i].value;
    }
    setAccessibleDescription(spoken.join(QStringLiteral("; ")));
}

}  // namespace molt::ui
