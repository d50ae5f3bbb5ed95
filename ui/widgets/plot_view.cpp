// Settings and gestures of a chart; what is drawn is in PlotDrawing, the only user of QCustomPlot.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/plot_view.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/widgets/plot_drawing.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

/// There is no step 2.5.
class StepTicker : public QCPAxisTicker {
    double getTickStep(const QCPRange& range) override {
        return std::max(1.0, std::floor(QCPAxisTicker::getTickStep(range)));
    }
};

}  // namespace

PlotView::PlotView(QWidget* parent) : QWidget(parent), impl_(std::make_unique<Impl>()) {
    Impl& d = *impl_;
    d.view = this;
    d.title = new QLabel(this);
    d.legend = new QLabel(this);
    d.badge = new QLabel(this);
    d.title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    d.legend->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    markSecondary(d.badge);
    d.plot = new Chart(this);
    d.plot->setFocusPolicy(Qt::StrongFocus);
    auto* second = new QHBoxLayout;
    second->addWidget(d.legend, 1);
    second->addWidget(d.badge);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addWidget(d.title);
    layout->addLayout(second);
    layout->addWidget(d.plot, 1);
    d.makeItems();
    Chart* plot = d.plot;
    plot->axisRect()->setRangeZoom(Qt::Horizontal | Qt::Vertical);
    plot->setInteraction(QCP::iRangeZoom);
    plot->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new StepTicker));
    plot->xAxis->setNumberFormat(QStringLiteral("gb"));
    plot->yAxis->setNumberFormat(QStringLiteral("gb"));
    plot->onUserRange = [&d] {
        d.follow = false;
        d.redraw();
    };
    plot->onFit = [this] { fit(); };
    plot->onLeave = [&d] { d.hideCross(); };
    plot->onKey = [&d](QKeyEvent* event) { return d.key(event); };
    // While a drag goes on, what comes into view is drawn too.
    connect(plot->xAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this, [&d] { d.fillGraphs(); });
    connect(plot, &QCustomPlot::mouseMove, this, [&d](QMouseEvent* event) {
        if (!d.plot->axisRect()->rect().contains(event->pos())) return d.hideCross();
        d.moveCross(d.plot->xAxis->pixelToCoord(event->pos().x()), event->pos().x());
    });
    d.recolor();
    d.redraw();
}

PlotView::~PlotView() = default;

void PlotView::setTitle(const QString& title) {
    impl_->name = title;
    impl_->describe();
    setAccessibleName(title);
    impl_->plot->setAccessibleName(title);
}

void PlotView::setEmptyText(const QString& text) {
    if (impl_->emptyText == text) return;
    impl_->emptyText = text;
    impl_->empty->setText(text);
    impl_->plot->replot(QCustomPlot::rpQueuedReplot);
}

void PlotView::setMarks(const std::vector<std::pair<double, QString>>& marks) { impl_->setMarks(marks); }

void PlotView::setSeries(const QString& key, const QString& label, const std::vector<double>& x,
                         const std::vector<double>& y) {
    impl_->curve(key, label).curve.set(x, y);
    impl_->redraw();
}

void PlotView::clear() { impl_->clear(); }

void PlotView::setSmoothing(double weight) {
    impl_->smoothing = std::clamp(weight, 0.0, 0.999);
    for (auto& drawn : impl_->curves) drawn->curve.setLook(impl_->smoothing, impl_->logY);
    impl_->redraw();
}

void PlotView::setLogY(bool on) {
    impl_->logY = on;
    QCPAxis* axis = impl_->plot->yAxis;
    axis->setScaleType(on ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    axis->setTicker(on ? QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog)
                       : QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    for (auto& drawn : impl_->curves) drawn->curve.setLook(impl_->smoothing, on);
    impl_->follow = true;
    impl_->redraw();
}

void PlotView::setIgnoreOutliers(bool on) {
    impl_->rangeKind = on ? RangeKind::WithoutOutliers : RangeKind::Everything;
    fit();
}

void PlotView::zoomTo(double lowerX, double upperX) {
    impl_->plot->xAxis->setRange(lowerX, upperX);
    impl_->plot->onUserRange();
}

QString PlotView::readoutAt(double x) { return impl_->moveCross(x, impl_->plot->xAxis->coordToPixel(x)); }
void PlotView::drawNow() { impl_->plot->replot(QCustomPlot::rpImmediateRefresh); }

void PlotView::fit() {
    impl_->follow = true;
    impl_->redraw();
}

bool PlotView::following() const { return impl_->follow; }
int PlotView::hiddenByLog() const {
    int sum = 0;
    if (impl_->logY)
        for (const auto& drawn : impl_->curves) sum += drawn->curve.nonPositive();
    return sum;
}
int PlotView::nonFinite() const {
    int sum = 0;
    for (const auto& drawn : impl_->curves) sum += drawn->curve.nonFinite();
    return sum;
}
int PlotView::outside() const { return impl_->outside; }
double PlotView::lowerY() const { return impl_->plot->yAxis->range().lower; }
QVector<double> PlotView::stepTicks() const {
    QCPAxis* axis = impl_->plot->xAxis;
    QVector<double> ticks;
    axis->ticker()->generate(axis->range(), QLocale(), QLatin1Char('g'), 6, ticks, nullptr, nullptr);
    return ticks;
}
double PlotView::upperY() const { return impl_->plot->yAxis->range().upper; }
double PlotView::rawPenWidth() const { return kRawPenWidth; }

void PlotView::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange ||
        event->type() == QEvent::FontChange) {
        impl_->recolor();
        impl_->redraw();
    }
    QWidget::changeEvent(event);
}

void PlotView::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    impl_->fillGraphs();
}

}  // namespace molt::ui
