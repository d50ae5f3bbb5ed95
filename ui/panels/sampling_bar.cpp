// Temperature 0 is greedy: with it, two lanes differ only where their models do.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/sampling_bar.h"

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSpinBox>

#include "ui/widgets/theme.h"

namespace molt::ui {

SamplingBar::SamplingBar(QWidget* parent)
    : QWidget(parent),
      temperatureLabel_(new QLabel),
      lengthLabel_(new QLabel),
      seedLabel_(new QLabel),
      hint_(new QLabel),
      temperature_(new QDoubleSpinBox),
      length_(new QSpinBox),
      seed_(new QSpinBox) {
    const SamplingParams defaults;
    temperature_->setRange(0, 10);
    temperature_->setSingleStep(0.1);
    temperature_->setValue(0);
    length_->setRange(1, 1000000);
    length_->setValue(static_cast<int>(defaults.max_tokens));
    seed_->setRange(0, 1000000000);
    seed_->setValue(static_cast<int>(defaults.seed));
    markSecondary(hint_);
    hint_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    hint_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    for (const auto& [label, box] : {std::pair<QLabel*, QWidget*>{temperatureLabel_, temperature_},
                                     {lengthLabel_, length_},
                                     {seedLabel_, seed_}}) {
        label->setBuddy(box);
        box->setMaximumWidth(110);
        layout->addWidget(label);
        layout->addWidget(box);
        layout->addSpacing(8);
    }
    layout->addWidget(hint_, 1);
}

SamplingParams SamplingBar::params() const {
    SamplingParams params;
    params.temperature = temperature_->value();
    params.max_tokens = length_->value();
    params.seed = seed_->value();
    return params;
}

void SamplingBar::setHint(const QString& text) {
    hint_->setText(text);
    hint_->setToolTip(text);
}

void SamplingBar::retranslate() {
    temperatureLabel_->setText(tr("Tem&perature"));
    temperature_->setAccessibleName(tr("Temperature"));
    temperature_->setToolTip(tr("0 always takes the likeliest token; higher values vary more"));
    temperature_->setSpecialValueText(tr("0 (likeliest)"));
    lengthLabel_->setText(tr("Tokens at &most"));
    length_->setAccessibleName(tr("Tokens at most"));
    length_->setToolTip(tr("Where a reply ends that does not end by itself"));
    seedLabel_->setText(tr("See&d"));
    seed_->setAccessibleName(tr("Seed"));
    seed_->setToolTip(tr("The same seed gives the same reply; it has no effect at temperature 0"));
}

}  // namespace molt::ui
