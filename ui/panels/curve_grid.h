// CurveGrid: the six charts of a run and the settings that they share.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

class QCheckBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;

namespace molt::ui {

class PlotView;
class RunCurves;

class CurveGrid : public QWidget {
    Q_OBJECT
public:
    explicit CurveGrid(QWidget* parent = nullptr);
    void retranslate();
    void clear();
    /// `alive`: an empty chart may still get points.
    void draw(const RunCurves& curves, bool alive);
    const std::vector<PlotView*>& plots() const { return plots_; }

private:
    QWidget* makeControls();
    void connectControls();
    std::vector<PlotView*> plots_;
    QLabel *smoothingLabel_, *gestures_;
    QDoubleSpinBox* smoothing_;
    QCheckBox *logY_, *outliers_;
    QPushButton* fit_;
};

}  // namespace molt::ui
