// LayerStrip: the layer plan of a model as a row of boxes: A attention, M Mamba.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

namespace molt::ui {

class LayerStrip : public QWidget {
    Q_OBJECT
public:
    explicit LayerStrip(QWidget* parent = nullptr);
    /// "attention", "mamba1", "mamba2", one per layer.
    void setLayers(const QStringList& layers);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {80, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QStringList layers_;
};

}  // namespace molt::ui
