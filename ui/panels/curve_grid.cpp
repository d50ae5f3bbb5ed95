// Smoothing, log axis, outliers and Fit are set once for all charts.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/curve_grid.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QFrame>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <array>

#include "ui/models/run_curves.h"
#include "ui/models/run_texts.h"
#include "ui/widgets/plot_view.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

constexpr double kSmoothing = 0.6;

struct SeriesSpec {
    const char *key, *label;
};
struct PanelSpec {
    const char* title;
    bool noisy;  // else smoothing would only bend what is exact
    std::array<SeriesSpec, 3> series;
};
constexpr PanelSpec kPanels[] = {
    {QT_TRANSLATE_NOOP("CurveGrid", "Loss (nats per token)"),
     true,
     {{{"loss", QT_TRANSLATE_NOOP("CurveGrid", "total")},
       {"loss_kl", QT_TRANSLATE_NOOP("CurveGrid", "KL")},
       {"loss_ce", QT_TRANSLATE_NOOP("CurveGrid", "CE")}}}},
    {QT_TRANSLATE_NOOP("CurveGrid", "Held-out KL to the teacher (nats per token)"),
     false,
     {{{"eval/kl", QT_TRANSLATE_NOOP("CurveGrid", "KL")}, {}, {}}}},
    {QT_TRANSLATE_NOOP("CurveGrid", "Held-out perplexity"),
     false,
     {{{"eval/perplexity", QT_TRANSLATE_NOOP("CurveGrid", "perplexity")}, {}, {}}}},
    {QT_TRANSLATE_NOOP("CurveGrid", "Learning rate"),
     false,
     {{{"learning_rate", QT_TRANSLATE_NOOP("CurveGrid", "learning rate")}, {}, {}}}},
    {QT_TRANSLATE_NOOP("CurveGrid", "Gradient norm"),
     true,
     {{{"grad_norm", QT_TRANSLATE_NOOP("CurveGrid", "norm")}, {}, {}}}},
    {QT_TRANSLATE_NOOP("CurveGrid", "Speed (tokens/s)"),
     true,
     {{{"tokens_per_second", QT_TRANSLATE_NOOP("CurveGrid", "tokens/s")}, {}, {}}}},
};

}  // namespace

CurveGrid::CurveGrid(QWidget* parent)
    : QWidget(parent),
      smoothingLabel_(new QLabel),
      gestures_(new QLabel),
      smoothing_(new QDoubleSpinBox),
      logY_(new QCheckBox),
      outliers_(new QCheckBox),
      fit_(new QPushButton) {
    auto* grid = new QGridLayout;
    grid->setSpacing(10);
    for (std::size_t i = 0; i < std::size(kPanels); ++i) {
        auto* card = new QFrame;
        markCard(card);
        auto* inner = new QVBoxLayout(card);
        inner->setContentsMargins(10, 8, 10, 6);
        plots_.push_back(new PlotView);
        plots_.back()->setSmoothing(kPanels[i].noisy ? kSmoothing : 0);
        inner->addWidget(plots_.back());
        grid->addWidget(card, static_cast<int>(i / 3), static_cast<int>(i % 3));
    }
    for (int column = 0; column < 3; ++column) grid->setColumnStretch(column, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(makeControls());
    layout->addLayout(grid, 1);
    connectControls();
}

QWidget* CurveGrid::makeControls() {
    auto* bar = new QWidget;
    smoothing_->setRange(0, 0.99);
    smoothing_->setSingleStep(0.05);
    smoothing_->setValue(kSmoothing);
    smoothingLabel_->setBuddy(smoothing_);
    outliers_->setChecked(true);
    markSecondary(gestures_);
    gestures_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    gestures_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    for (QWidget* part : std::initializer_list<QWidget*>{smoothingLabel_, smoothing_, logY_, outliers_, fit_})
        row->addWidget(part);
    row->addWidget(gestures_, 1);
    return bar;
}

void CurveGrid::connectControls() {
    connect(smoothing_, qOverload<double>(&QDoubleSpinBox::valueChanged), this, [this](double value) {
        for (std::size_t i = 0; i < plots_.size(); ++i)
            if (kPanels[i].noisy) plots_[i]->setSmoothing(value);
    });
    connect(logY_, &QCheckBox::toggled, this, [this](bool on) {
        for (PlotView* plot : plots_) plot->setLogY(on);
    });
    connect(outliers_, &QCheckBox::toggled, this, [this](bool on) {
        for (PlotView* plot : plots_) plot->setIgnoreOutliers(on);
    });
    connect(fit_, &QPushButton::clicked, this, [this] {
        for (PlotView* plot : plots_) plot->fit();
    });
    for (PlotView* plot : plots_) {
        connect(plot, &PlotView::logRequested, logY_, &QCheckBox::toggle);
        connect(plot, &PlotView::smoothingRequested, this,
                [this](double change) { smoothing_->setValue(smoothing_->value() + change); });
    }
}

void CurveGrid::clear() {
    for (PlotView* plot : plots_) plot->clear();
}

void CurveGrid::draw(const RunCurves& curves, bool alive) {
    std::vector<std::pair<double, QString>> marks;
    for (const double step : curves.resumedAt()) marks.emplace_back(step, tr("resumed"));
    for (const auto& [step, stage] : curves.stagesAt())
        marks.emplace_back(step, stageText(QString::fromStdString(stage)));
    for (std::size_t i = 0; i < plots_.size(); ++i) {
        plots_[i]->setEmptyText(alive ? tr("The first value is still to come") : tr("No values in this run"));
        plots_[i]->setMarks(marks);
        for (const auto& [key, label] : kPanels[i].series) {
            if (key == nullptr) continue;
            const auto found = curves.all().constFind(QString::fromLatin1(key));
            if (found == curves.all().constEnd()) continue;
            plots_[i]->setSeries(found.key(), tr(label), found->step, found->value);
        }
    }
}

void CurveGrid::retranslate() {
    smoothingLabel_->setText(tr("S&moothing"));
    smoothing_->setAccessibleName(tr("Smoothing"));
    smoothing_->setToolTip(
        tr("0 shows the logged values only; towards 1 the line becomes calmer. The pale line behind "
           "it always shows the logged values."));
    logY_->setText(tr("L&og axis"));
    logY_->setToolTip(tr("Values at or below 0 cannot be shown on it; each chart says how many there are"));
    outliers_->setText(tr("I&gnore outliers"));
    outliers_->setToolTip(tr("Leaves single far values out of the range of the axis; a badge counts them"));
    fit_->setText(tr("F&it"));
    fit_->setToolTip(tr("Shows the whole curve and follows it (double click in a chart does the same)"));
    gestures_->setText(tr("Drag zooms \u00b7 Shift+drag pans \u00b7 double click shows all"));
    gestures_->setToolTip(tr("Ctrl+wheel zooms at the pointer; keys: + and \u2212 zoom, arrows pan, Home shows all"));
    for (std::size_t i = 0; i < plots_.size(); ++i) plots_[i]->setTitle(tr(kPanels[i].title));
}

}  // namespace molt::ui
