// Boxes that shrink with the width; letters besides colours, and the plan as the accessible description.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/layer_strip.h"

#include <QPainter>

#include "ui/widgets/theme.h"

namespace molt::ui {

LayerStrip::LayerStrip(QWidget* parent) : QWidget(parent) { setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed); }

void LayerStrip::setLayers(const QStringList& layers) {
    layers_ = layers;
    setAccessibleName(tr("Layers"));
    setAccessibleDescription(layers.join(QStringLiteral(", ")));
    setToolTip(layers.join(QStringLiteral(", ")));
    update();
}

QSize LayerStrip::sizeHint() const { return {220, fontMetrics().height() + 12}; }

void LayerStrip::paintEvent(QPaintEvent*) {
    if (layers_.isEmpty()) return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double gap = 3, box = std::min(34.0, (width() + gap) / static_cast<double>(layers_.size()) - gap);
    for (int i = 0; i < layers_.size(); ++i) {
        const bool attention = layers_[i] == QLatin1String("attention");
        const QColor color = seriesColor(attention ? 1 : 0);
        const QRectF place(i * (box + gap), 1, box, height() - 2);
        painter.setPen(Qt::NoPen);
        QColor ground = color;
        ground.setAlphaF(attention ? 0.9 : 0.25);
        painter.setBrush(ground);
        painter.drawRoundedRect(place, 4, 4);
        painter.setPen(attention ? (isDark() ? Qt::black : Qt::white) : palette().color(QPalette::WindowText));
        if (box > 12) painter.drawText(place, Qt::AlignCenter, attention ? QStringLiteral("A") : QStringLiteral("M"));
    }
}

}  // namespace molt::ui
