// SamplingBar: how the lanes of the Chat page choose their tokens.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "core/spec/chat.h"

class QDoubleSpinBox;
class QLabel;
class QSpinBox;

namespace molt::ui {

class SamplingBar : public QWidget {
    Q_OBJECT
public:
    explicit SamplingBar(QWidget* parent = nullptr);
    void retranslate();
    SamplingParams params() const;
    /// A sentence at the right end.
    void setHint(const QString& text);

private:
    QLabel *temperatureLabel_, *lengthLabel_, *seedLabel_, *hint_;
    QDoubleSpinBox* temperature_;
    QSpinBox *length_, *seed_;
};

}  // namespace molt::ui
